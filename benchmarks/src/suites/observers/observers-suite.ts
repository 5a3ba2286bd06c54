import type { Suite } from "../../harness/bench-case.ts";
import { observed, WATCHINGS } from "./observed-cases.ts";
import { WATCHED_CASES, WATCHED_MARKS } from "./watched-cases.ts";

/**
 * The cost of keeping results, of reporting to a monitor, of metrics, traces and history. No peer does the same, so the
 * only marks are against a worker without it.
 */
export const observersSuite: Suite = {
  name: "observers",
  title: "Results, monitor and telemetry",
  cases: [
    ...(["memory", "sqlite"] as const).flatMap((place) =>
      WATCHINGS.map((watching) => observed(place, watching)),
    ),
    ...WATCHED_CASES,
  ],
  marks: WATCHED_MARKS,
};
