// What only a worker that runs needs. It is loaded when the first worker of a process runs.
import type { Engine } from "./engine.ts";
import { isRateShared } from "./limits/task-limiter.ts";
import {
  type Cancellations,
  createCancellations,
  createQueuePauses,
  type QueuePauses,
} from "./presence/cancel-and-pause.ts";
import { createHeartbeat, type Heartbeat, type WorkerPresence } from "./presence/heartbeat.ts";
import type { WorkerParts } from "./worker-parts.ts";

export { Engine } from "./engine.ts";
export { openQueues } from "./fetch/open-queues.ts";
export { shutDown } from "./stop/graceful-shutdown.ts";

/** What a worker reads and writes in the coordination store. */
interface Watches {
  readonly heartbeat: Heartbeat;
  readonly cancellations: Cancellations;
  readonly pauses: QueuePauses;
}

/** What the watches ask of their worker. */
interface WatchedWorker {
  /** `undefined` until it takes jobs. */
  engine(): Engine | undefined;
  describe(): WorkerPresence;
}

/** Creates the watches of a worker. They begin later. */
export function createWatches(parts: WorkerParts, { engine, describe }: WatchedWorker): Watches {
  const { runtime, tasks, config, appCoordination } = parts;
  const { coordination } = appCoordination;
  const source = { coordination, runtime };
  const isSharing = tasks.tasks.some(({ name }) => isRateShared(config.task(name)));
  return {
    heartbeat: createHeartbeat({
      ...source,
      describe,
      onWorkers: isSharing ? (workers) => engine()?.shareLimits(workers) : undefined,
    }),
    cancellations: createCancellations(source, () => engine()?.runs() ?? []),
    pauses: createQueuePauses(source, () => engine()?.applyPauses()),
  };
}
