import type { BrokerQueue } from "../broker/broker.ts";
import type { GuardedBroker } from "../broker/guard.ts";
import { fullQueueName } from "../broker/queue-name.ts";
import type { AppConfig, QueueWeight, WorkerSettings } from "../config/app-config.ts";
import { ConfigError } from "../errors/config-errors.ts";
import type { CompletionStep } from "../job/completion.ts";
import type { BoundHandler } from "../job/handler.ts";
import { createGate } from "../runtime/gate.ts";
import type { TaskRegistry } from "../task/registry.ts";
import { checkHandlers, checkQueue } from "./check-queues.ts";
import { createEngine, type Engine, type OpenQueue } from "./engine.ts";
import type { Execution } from "./execute.ts";
import { openPatiently } from "./open-consumers.ts";
import { guardProcess } from "./process-guard.ts";
import type { ContextParts } from "./run-context.ts";
import { shutDown } from "./shutdown.ts";
import { createStopWatch } from "./stop-watch.ts";
import { createTally, reportOf, settledJobs } from "./tally.ts";
import type { StopCause, StopCondition, Worker, WorkerReport } from "./worker.ts";

/** What a worker is made of; put together by the app. */
export interface WorkerParts extends ContextParts {
  readonly broker: GuardedBroker;
  readonly config: AppConfig;
  readonly settings: WorkerSettings;
  readonly tasks: TaskRegistry;
  readonly handlers: ReadonlyMap<string, BoundHandler>;
  readonly execution: Execution;
  readonly steps: readonly CompletionStep[];
  readonly identity: string;
  readonly until: StopCondition | undefined;
  readonly ownsProcess: boolean;
  /** The queue of a full name, for its numbers. */
  openQueue(fullName: string): Promise<BrokerQueue>;
}

/** Creates a worker: new → starting → running → draining → stopped, once. */
export function createWorker(parts: WorkerParts): Worker {
  const { runtime, settings, until, identity, lifecycle } = parts;
  const { clock } = runtime;
  const tally = createTally();
  const gate = createGate(clock);
  const starting = new AbortController();
  let state: Worker["state"] = "new";
  let engine: Engine | undefined;
  let cause: StopCause | undefined;
  let isForced = false;
  let life: Promise<WorkerReport> | undefined;

  function end(why: StopCause): void {
    if (cause !== undefined) return;
    cause = why;
    starting.abort();
    gate.notify();
  }

  function force(): void {
    end("forced");
    cause = "forced";
    isForced = true;
    gate.notify();
  }

  async function live(): Promise<WorkerReport> {
    const startedAt = clock.monotonic();
    const release = parts.ownsProcess ? guard() : () => {};
    try {
      state = "starting";
      const queues = await openQueues(parts, starting.signal);
      engine = startEngine(queues);
      await gate.until(() => cause !== undefined, Number.POSITIVE_INFINITY);
      await drain(engine);
    } catch (error) {
      // Asked to stop while the broker was still away: that is a stop, not a failed start.
      if (cause === undefined) throw error;
    } finally {
      state = "stopped";
      release();
    }
    return reportOf(tally, identity, cause ?? "stop", clock.monotonic() - startedAt);
  }

  function guard(): () => void {
    return guardProcess({
      onSignal: end,
      onForce: force,
      onException: () => end("uncaught_exception"),
      logger: runtime.logger,
      now: clock.monotonic,
    });
  }

  function startEngine(queues: readonly OpenQueue[]): Engine {
    const started = createEngine({
      ...parts,
      broker: parts.broker.kind,
      queues,
      tally,
      waitMs: longestWait(settings.waitMs, until),
      maxJobs: until?.type === "settled" ? until.jobs : Number.POSITIVE_INFINITY,
      resolve: (name) => resolveTask(parts, name),
      onTurn: () => {
        gate.notify();
        watch.check();
      },
      onStuck: () => end("stuck"),
    });
    const { feeds, intake } = started;
    const watch = createStopWatch({
      runtime,
      until,
      isQuiet: () => intake.active.size === 0,
      isDry: () => feeds.every((feed) => feed.isDry && !feed.isDown),
      hasAskedAll: () => feeds.every((feed) => feed.polls > 0),
      settled: () => settledJobs(tally),
      stats: () => Promise.all(queues.map(async ({ fullName }) => (await parts.openQueue(fullName)).stats())),
      end: (why) => {
        watch.stop();
        end(why);
      },
    });
    state = "running";
    const names = queues.map(({ name }) => name);
    lifecycle.publish({ type: "worker.started", worker: identity, queues: names, at: clock.now() });
    started.wake();
    return started;
  }

  async function drain({ feeds, intake, loop, stop }: Engine): Promise<void> {
    state = "draining";
    const why = cause ?? "stop";
    lifecycle.publish({ type: "worker.draining", worker: identity, cause: why, at: clock.now() });
    loop.stop();
    const graceMs = settings.shutdownTimeoutMs;
    await shutDown({ runtime, feeds, intake, gate, graceMs, isForced: () => isForced });
    stop();
    lifecycle.publish({ type: "worker.stopped", worker: identity, cause: cause ?? why, at: clock.now() });
  }

  return {
    identity,
    run() {
      life ??= live();
      return life;
    },
    stop(why = "stop") {
      end(why);
      life ??= Promise.resolve(reportOf(tally, identity, why, 0));
      return life;
    },
    force() {
      force();
      life ??= Promise.resolve(reportOf(tally, identity, "forced", 0));
      return life;
    },
    get state() {
      return state;
    },
    get isReady() {
      return state === "running" && (engine?.feeds.every((feed) => !feed.isDown) ?? false);
    },
    get running() {
      return engine?.slots.occupied ?? 0;
    },
  };
}

/** A worker that is to end by itself must not sit in a long wait when there is nothing to do. */
function longestWait(waitMs: number, until: StopCondition | undefined): number {
  if (until?.type === "once") return 0;
  return until?.type === "idle" ? Math.min(waitMs, until.forMs) : waitMs;
}

function resolveTask({ tasks, handlers, config }: WorkerParts, name: string) {
  const task = tasks.find(name);
  const handler = task && handlers.get(task.name);
  return task && handler && { task, handler, settings: config.task(task.name) };
}

async function openQueues(parts: WorkerParts, signal: AbortSignal): Promise<readonly OpenQueue[]> {
  const served = servedQueues(parts);
  const { broker, config, settings, tasks, runtime } = parts;
  const names = new Set(served.map(({ name }) => name));
  const tasksOf = (queue: string) => tasks.tasks.filter((task) => queueOf(config, task.name) === queue);
  checkHandlers(
    tasks.tasks.filter((task) => names.has(queueOf(config, task.name))),
    (task) => parts.handlers.has(task),
  );
  const patience = { runtime, broker: broker.kind, startTimeoutMs: settings.startTimeoutMs, signal };
  return Promise.all(
    served.map(async ({ name, weight }) => {
      const fullName = fullQueueName(config.queuePrefix, name);
      const reopen = () => broker.openConsumer(fullName, { leaseMs: settings.leaseMs });
      const consumer = await openPatiently(reopen, fullName, patience);
      const queue = { name: fullName, capabilities: consumer.capabilities };
      checkQueue(queue, tasksOf(name), config, settings);
      return { name, fullName, weight, consumer, reopen };
    }),
  );
}

/** The queues asked for, or all queues of tasks that have a handler here. */
function servedQueues({ settings, tasks, handlers, config }: WorkerParts): readonly QueueWeight[] {
  if (settings.queues.length > 0) return settings.queues;
  const handled = tasks.tasks.filter((task) => handlers.has(task.name));
  const names = [...new Set(handled.map((task) => queueOf(config, task.name)))].sort();
  if (names.length === 0) {
    throw new ConfigError("this app has no handlers, so a worker has nothing to do.", {
      hint: "Pass handle(task, fn) for each task to createApp({ handlers }).",
    });
  }
  return names.map((name) => ({ name, weight: 1 }));
}

function queueOf(config: AppConfig, task: string): string {
  const { queue, domain } = config.task(task);
  return domain === undefined ? queue : `${queue}__${domain}`;
}
