import type { LifecycleEvent } from "../job/lifecycle.ts";
import type { Cancel } from "../runtime/clock.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ResultStore } from "./result-store.ts";

/** How often each working process removes results that are past their time, in ms. */
const INTERVAL_MS = 600_000;

/** Lets an app remove results that are past their time while any of its workers is at work. */
export function pruneResults(store: ResultStore, runtime: Runtime): (event: LifecycleEvent) => void {
  const { clock, random, report } = runtime;
  let workers = 0;
  let cancel: Cancel = () => {};

  function schedule(delayMs: number): void {
    cancel = clock.schedule(delayMs, () => {
      store
        .prune()
        .catch((error) =>
          report({ source: "store", err: error }, "old results could not be removed; tried again later"),
        )
        .finally(() => {
          if (workers > 0) schedule(INTERVAL_MS);
        });
    });
  }

  return ({ type }) => {
    // At a time of its own each, or all processes of a deployment would do it at once.
    if (type === "worker.started" && workers++ === 0) schedule(random() * INTERVAL_MS);
    if (type === "worker.stopped" && --workers === 0) cancel();
  };
}
