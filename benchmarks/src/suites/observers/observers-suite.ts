import type { Suite } from "../../harness/bench-case.ts";
import { observed, WATCHINGS } from "./observed-cases.ts";
import { TRACED_CASES, TRACED_MARKS } from "./traced-cases.ts";

/**
 * The cost of keeping results, of reporting to a monitor, and of telemetry. No peer does the same, so the only marks are
 * against a worker without it.
 */
export const observersSuite: Suite = {
  name: "observers",
  title: "Results, monitor and telemetry",
  cases: [
    ...(["memory", "sqlite"] as const).flatMap((place) =>
      WATCHINGS.map((watching) => observed(place, watching)),
    ),
    ...TRACED_CASES,
  ],
  marks: TRACED_MARKS,
};
