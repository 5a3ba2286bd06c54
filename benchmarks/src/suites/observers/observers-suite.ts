import type { Suite } from "../../harness/bench-case.ts";
import { observed, WATCHINGS } from "./observed-cases.ts";

/** The cost of keeping results and reporting to a monitor. No peer does the same, so there are no marks. */
export const observersSuite: Suite = {
  name: "observers",
  title: "Results and monitor",
  cases: (["memory", "sqlite"] as const).flatMap((place) =>
    WATCHINGS.map((watching) => observed(place, watching)),
  ),
  marks: [],
};
