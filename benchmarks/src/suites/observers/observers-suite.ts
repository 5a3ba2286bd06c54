import type { Suite } from "../../harness/bench-case.ts";
import { observed, WATCHINGS } from "./observed-cases.ts";

/** What it costs to keep results and to report to a monitor. No peer does the same, so there is nothing to reach. */
export const observersSuite: Suite = {
  name: "observers",
  title: "Results and monitor",
  cases: (["memory", "sqlite"] as const).flatMap((place) =>
    WATCHINGS.map((watching) => observed(place, watching)),
  ),
  marks: [],
};
