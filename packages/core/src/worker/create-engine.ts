import { Engine } from "./engine.ts";
import type { OpenQueue } from "./fetch/open-queues.ts";
import type { Cancellations, QueuePauses } from "./presence/cancel-and-pause.ts";
import { taskResolver } from "./run/decode-and-bind.ts";
import { longestWait, type StopWatcher, watchStopCondition } from "./stop/stop-condition.ts";
import type { WorkerParts } from "./worker-parts.ts";
import { type StopCause, settledJobs, type WorkerCounters } from "./worker-report.ts";

/** What an engine shares with its worker. */
export interface WorkerLinks {
  readonly counters: WorkerCounters;
  readonly cancellations: Cancellations;
  readonly pauses: QueuePauses;
  /** Something ended or changed; called at most once an event-loop turn. */
  onTurn(): void;
  /** The worker is to stop. */
  end(cause: StopCause): void;
}

/** Creates the engine of a worker, at rest, and whatever ends the worker by itself: a condition, or handlers that are stuck. */
export function createEngine(queues: readonly OpenQueue[], parts: WorkerParts, links: WorkerLinks): Engine {
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
  { counters, end }: WorkerLinks,
): StopWatcher {
  const { pollers } = engine;
  const watch: StopWatcher = watchStopCondition({
    runtime,
    until,
    isQuiet: () => engine.isQuiet,
    isDry: () =>
      pollers.every((poller) => (poller.isDry || poller.isWaiting || poller.isPaused) && !poller.isDown),
    isDown: () => pollers.some((poller) => poller.isDown),
    hasAskedAll: () => pollers.every((poller) => poller.polls > 0 || poller.isPaused),
    settled: () => settledJobs(counters),
    stats: () => Promise.all(queues.map(async ({ fullName }) => (await openQueue(fullName)).stats())),
    end: (cause) => {
      watch.stop();
      end(cause);
    },
  });
  return watch;
}
