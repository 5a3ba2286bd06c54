import { fullQueueName, routedQueue, unusedQueue } from "../../broker/queue-name.ts";
import type { ValidatedConsumer } from "../../broker/validate-consumer.ts";
import type { AppConfig, QueueWeight } from "../../config/app-config.ts";
import { BrokerUnavailableError } from "../../errors/broker-errors.ts";
import { ConfigError } from "../../errors/config-errors.ts";
import { isJobsError } from "../../errors/jobs-error.ts";
import { pollBackoff } from "../../retry/backoff.ts";
import { sleep } from "../../runtime/clock.ts";
import { withDeadline } from "../../runtime/deadline.ts";
import type { WorkerParts } from "../worker-parts.ts";
import { checkHandlers, checkQueue, checkUnshared } from "./check-queues.ts";

/** Time limit of one try to open, in ms, so that an unreachable host does not use the whole start timeout. */
const ONE_TRY_MS = 10_000;

/** Time limit of the only try where the start timeout is 0, in ms. */
const ONLY_TRY_MS = 1_000;

/** With less time than this there is no other try, in ms. */
const SHORTEST_TRY_MS = 50;

/** A queue with its open consumer. */
export interface OpenQueue {
  /** Name without prefix. */
  readonly name: string;
  /** Name on the broker. */
  readonly fullName: string;
  readonly weight: number;
  /** Names of the tasks whose jobs go to it. */
  readonly tasks: readonly string[];
  /** The shortest interval of its tasks, see `TaskSettings.pollIntervalMs`. */
  readonly pollIntervalMs: number;
  readonly consumer: ValidatedConsumer;
  /** Opens another consumer in place of one that does not answer any more. */
  reopen(): Promise<ValidatedConsumer>;
}

/**
 * Opens all queues of a worker. It checks that each task has a handler, and that no limit of a queue can lose a job
 * or leave it stuck.
 * @throws MissingHandlerError · ConfigError · BrokerUnavailableError · QueueNotFoundError · AccessDeniedError
 */
export async function openQueues(parts: WorkerParts, signal: AbortSignal): Promise<readonly OpenQueue[]> {
  const { config, settings, tasks, handlers } = parts;
  const served = servedQueues(parts);
  const tasksOf = (queue: string) => tasks.tasks.filter((task) => queueOf(config, task.name) === queue);
  const servedTasks = served.flatMap(({ name }) => tasksOf(name));
  checkHandlers(servedTasks, (task) => handlers.has(task));
  checkUnshared(servedTasks, config, parts.appCoordination);
  const opening: Promise<ValidatedConsumer>[] = [];
  try {
    return await Promise.all(
      served.map(async ({ name, weight }) => {
        const fullName = fullQueueName(config.queuePrefix, name);
        const open = (ms: number) => openWithin(ms, fullName, parts);
        const opened = openWithRetry(open, fullName, parts, signal);
        opening.push(opened);
        const consumer = await opened;
        const own = tasksOf(name);
        checkQueue({ name: fullName, capabilities: consumer.capabilities }, own, config, settings);
        const pollIntervalMs = Math.min(...own.map((task) => config.task(task.name).pollIntervalMs));
        const names = own.map((task) => task.name);
        const reopen = () => open(ONE_TRY_MS);
        return { name, fullName, weight, tasks: names, pollIntervalMs, consumer, reopen };
      }),
    );
  } catch (error) {
    for (const opened of opening) closeOnceOpen(opened);
    throw error;
  }
}

/** The queues in the settings, or all queues of tasks with a handler here. */
function servedQueues(parts: WorkerParts): readonly QueueWeight[] {
  const { settings, tasks, handlers, config } = parts;
  if (settings.queues.length > 0) {
    warnOfUnused(parts);
    return settings.queues;
  }
  const handled = tasks.tasks.filter((task) => handlers.has(task.name));
  const names = [...new Set(handled.map((task) => queueOf(config, task.name)))].sort();
  if (names.length === 0) {
    throw new ConfigError("this app has no handlers, so a worker has nothing to do.", {
      hint: "Pass handle(task, fn) for each task to createApp({ handlers }).",
    });
  }
  return names.map((name) => ({ name, weight: 1 }));
}

/** A worker of an app without tasks serves those of other apps. */
function warnOfUnused({ settings, tasks, usedQueues, runtime }: WorkerParts): void {
  if (tasks.tasks.length === 0) return;
  for (const { name } of settings.queues) {
    if (usedQueues.includes(name)) continue;
    const { message, hint } = unusedQueue(name, usedQueues);
    runtime.logger.warn({ queue: name, hint }, message);
  }
}

function queueOf(config: AppConfig, task: string): string {
  const { queue, domain } = config.task(task);
  return routedQueue(queue, domain);
}

/** Opens a consumer within a time limit in ms. One that comes later is closed. */
async function openWithin(ms: number, queue: string, parts: WorkerParts): Promise<ValidatedConsumer> {
  const { broker, settings, identity, runtime } = parts;
  const target = { broker: broker.kind, queue };
  const late = () => new BrokerUnavailableError(target, `no answer within ${Math.round(ms)} ms.`);
  const opening = broker.openConsumer(queue, { leaseMs: settings.leaseMs, holder: identity });
  try {
    return await withDeadline(runtime.clock, ms, opening, late);
  } catch (error) {
    closeOnceOpen(opening);
    throw error;
  }
}

/** Nobody else closes a consumer of a worker that does not start, or one that comes too late. */
function closeOnceOpen(opening: Promise<ValidatedConsumer>): void {
  opening.then((consumer) => consumer.close()).catch(() => {});
}

/**
 * Opens a consumer, and retries while the broker is down.
 * @throws BrokerUnavailableError when the time is over, and a permanent error at once: a missing queue, wrong
 * credentials.
 */
async function openWithRetry(
  open: (ms: number) => Promise<ValidatedConsumer>,
  queue: string,
  { runtime, settings }: WorkerParts,
  signal: AbortSignal,
): Promise<ValidatedConsumer> {
  const { clock, random, report } = runtime;
  const giveUpAt = clock.monotonic() + (settings.startTimeoutMs || ONLY_TRY_MS);
  for (let failures = 1; ; failures++) {
    try {
      return await open(Math.min(ONE_TRY_MS, giveUpAt - clock.monotonic()));
    } catch (error) {
      const isTransient = isJobsError(error) && error.retryable;
      const leftMs = settings.startTimeoutMs === 0 ? 0 : giveUpAt - clock.monotonic();
      if (!isTransient || signal.aborted || leftMs < SHORTEST_TRY_MS) throw error;
      if (failures === 1)
        report(
          { source: "broker", err: error, queue },
          "the broker is away; trying again until the start timeout",
        );
      // Half of the time that is left stays for the tries themselves.
      await sleep(clock, Math.min(pollBackoff(failures, random), leftMs / 2), signal);
    }
  }
}
