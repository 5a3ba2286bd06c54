import type { LifecycleEvent } from "../job/lifecycle.ts";
import type { Cancel } from "../runtime/clock.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** How often each worker process removes what is old, in ms. */
const INTERVAL_MS = 600_000;

/** Calls `prune` at intervals while a worker of this app runs. `failed` is the text of the warning for an error. */
export function pruneRegularly(
  prune: () => Promise<unknown>,
  failed: string,
  runtime: Runtime,
): (event: LifecycleEvent) => void {
  const { clock, random, report } = runtime;
  let workers = 0;
  let cancel: Cancel = () => {};

  function schedule(delayMs: number): void {
    cancel = clock.schedule(delayMs, () => {
      prune()
        .catch((error) => report({ source: "store", err: error }, failed))
        .finally(() => {
          if (workers > 0) schedule(INTERVAL_MS);
        });
    });
  }

  return ({ type }) => {
    // At a random time, so that the processes of a deployment do not do it at once.
    if (type === "worker.started" && workers++ === 0) schedule(random() * INTERVAL_MS);
    if (type === "worker.stopped" && --workers === 0) cancel();
  };
}
