import type { Broker } from "../broker/broker.ts";
import type { Diagnosis } from "../broker/diagnosis.ts";
import { describeShortReach, reachesLess, shortReachHint } from "../coordination/reach.ts";
import type { ResultStore } from "./result-store.ts";

/** The stores of an app's jobs and results. */
export interface ResultsLocation {
  readonly broker: Pick<Broker, "kind" | "reach">;
  readonly results: Pick<ResultStore, "kind" | "reach">;
  /** The setting `allowLocalResults`: the whole app runs on this machine. */
  readonly isLocalAllowed: boolean;
}

/**
 * Checks that all processes that see the jobs of an app see its results too. For `jobs doctor` and the start of a
 * worker.
 */
export function checkResultsReach(location: ResultsLocation): Diagnosis {
  const { broker, results, isLocalAllowed } = location;
  const check = "results_reach";
  if (!reachesLess(results, broker)) {
    const message = `results in ${results.kind} are seen by all who see the jobs in ${broker.kind}.`;
    return { check, status: "ok", message };
  }
  const found = describeShortReach(results, broker);
  if (isLocalAllowed && results.reach !== "process")
    return { check, status: "ok", message: `${found}; allowLocalResults allows it.` };
  const message = `${found}: a process elsewhere misses results.`;
  return { check, status: "failed", message, hint: shortReachHint(results, broker) };
}
