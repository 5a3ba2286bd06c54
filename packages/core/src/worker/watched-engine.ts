import type { Cancellations } from "./cancellations.ts";
import { Engine } from "./engine.ts";
import type { OpenQueue } from "./open-queue.ts";
import type { QueuePauses } from "./queue-pauses.ts";
import { taskResolver } from "./resolve-task.ts";
import { createStopWatch, longestWait, type StopWatch } from "./stop-watch.ts";
import { settledJobs, type Tally } from "./tally.ts";
import type { StopCause } from "./worker.ts";
import type { WorkerParts } from "./worker-parts.ts";

/** What an engine shares with its worker. */
export interface WorkerLinks {
  readonly tally: Tally;
  readonly cancellations: Cancellations;
  readonly pauses: QueuePauses;
  /** Something ended or changed; called at most once an event-loop turn. */
  onTurn(): void;
  /** The worker is to stop. */
  end(cause: StopCause): void;
}

/** Creates the engine of a worker, at rest, and whatever ends the worker by itself: a condition, or handlers that are stuck. */
export function createWatchedEngine(
  queues: readonly OpenQueue[],
  parts: WorkerParts,
  links: WorkerLinks,
): Engine {
  const { until, settings, broker, config } = parts;
  const engine = new Engine({
    ...parts,
    ...links,
    broker: broker.kind,
    queues,
    waitMs: longestWait(settings.waitMs, until),
    maxJobs: until?.type === "settled" ? until.jobs : Number.POSITIVE_INFINITY,
    settingsOf: config.task,
    resolve: taskResolver(parts),
    onTurn: () => {
      links.onTurn();
      watch.check();
    },
    onStuck: () => links.end("stuck"),
  });
  const watch = watchEngine(engine, queues, parts, links);
  return engine;
}

function watchEngine(
  engine: Engine,
  queues: readonly OpenQueue[],
  { runtime, until, openQueue }: WorkerParts,
  { tally, end }: WorkerLinks,
): StopWatch {
  const { feeds } = engine;
  const watch: StopWatch = createStopWatch({
    runtime,
    until,
    isQuiet: () => engine.isQuiet,
    isDry: () => feeds.every((feed) => (feed.isDry || feed.isWaiting || feed.isPaused) && !feed.isDown),
    isDown: () => feeds.some((feed) => feed.isDown),
    hasAskedAll: () => feeds.every((feed) => feed.polls > 0 || feed.isPaused),
    settled: () => settledJobs(tally),
    stats: () => Promise.all(queues.map(async ({ fullName }) => (await openQueue(fullName)).stats())),
    end: (cause) => {
      watch.stop();
      end(cause);
    },
  });
  return watch;
}
