import type { Capabilities } from "../../broker/capabilities.ts";
import type { AppConfig, WorkerSettings } from "../../config/app-config.ts";
import { countOf } from "../../config/duration.ts";
import type { AppCoordination } from "../../coordination/open-coordination.ts";
import { ConfigError, MissingHandlerError } from "../../errors/config-errors.ts";
import type { Task } from "../../task/task.ts";
import { isRateShared } from "../limits/task-limiter.ts";

/** A queue that a worker wants to serve. */
export interface ServedQueue {
  readonly name: string;
  readonly capabilities: Capabilities;
}

/**
 * Refuses to start when a job could be lost or stuck later. Examples: no dead letters, fewer deliveries than
 * attempts, a lease longer than the broker grants.
 * @throws ConfigError naming the queue, and the task if it is about one
 */
export function checkQueue(
  queue: ServedQueue,
  tasks: readonly Task[],
  config: AppConfig,
  settings: WorkerSettings,
): void {
  const { capabilities, name } = queue;
  if (capabilities.deadLetter === false && settings.onExhausted !== "drop") {
    throw new ConfigError(`queue "${name}" has no dead letters: an exhausted job would be lost.`, {
      hint: 'Give the queue a dead-letter queue, or write onExhausted: "drop" into the worker settings.',
    });
  }
  if (settings.leaseMs > capabilities.lease.maxMs) {
    const max = capabilities.lease.maxMs;
    throw new ConfigError(`queue "${name}" grants leases of at most ${max} ms, not ${settings.leaseMs}.`, {
      hint: "Shorten the worker's lease.",
    });
  }
  const { maxDeliveries } = capabilities;
  if (maxDeliveries === null) return;
  for (const task of tasks) {
    const { maxAttempts } = config.task(task.name);
    if (maxAttempts > maxDeliveries) {
      const text = `task "${task.name}" may have ${countOf(maxAttempts, "attempt")}, but queue "${name}" sets messages aside after ${countOf(maxDeliveries, "delivery", "deliveries")}.`;
      throw new ConfigError(text, { hint: "Raise the queue's limit, or lower the task's attempts." });
    }
  }
  checkPauses(name, tasks, config);
}

/** When tasks share a queue, jobs of a paused task are received repeatedly, which counts as deliveries. */
function checkPauses(queue: string, tasks: readonly Task[], config: AppConfig): void {
  const paused = tasks.filter((task) => config.task(task.name).isPaused !== false);
  if (paused.length === 0 || paused.length === tasks.length) return;
  const names = paused.map((task) => task.name).join(", ");
  throw new ConfigError(
    `${names} cannot be paused alone: its queue "${queue}" also serves other tasks, and sets aside messages that are not run.`,
    { hint: "Give the task another queue, or pause all tasks of the queue." },
  );
}

/** @throws UnsupportedError for a shared rate without a coordination store: workers then do not know each other. */
export function checkUnshared(
  tasks: readonly Task[],
  config: AppConfig,
  appCoordination: AppCoordination,
): void {
  if (appCoordination.coordination !== undefined) return;
  const shared = tasks.find((task) => isRateShared(config.task(task.name)));
  if (shared === undefined) return;
  const message = `cannot let workers share the rate of task "${shared.name}"`;
  const hint = "Limit each worker by rate instead of sharedRate, or give the app a result store.";
  throw appCoordination.refuse({ feature: "sharedRate", message, hint });
}

/** @throws MissingHandlerError when a task of a served queue has no handler here. */
export function checkHandlers(tasks: readonly Task[], hasHandler: (task: string) => boolean): void {
  const missing = tasks.filter((task) => !hasHandler(task.name)).map((task) => task.name);
  if (missing.length > 0) throw new MissingHandlerError(missing);
}
