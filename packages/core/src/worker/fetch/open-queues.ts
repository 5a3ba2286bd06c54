import type { ValidatedBroker } from "../../broker/broker-validator.ts";
import { fullQueueName, routedQueue } from "../../broker/queue-name.ts";
import type { AppConfig, QueueWeight, WorkerSettings } from "../../config/app-config.ts";
import type { AppCoordination } from "../../coordination/open-coordination.ts";
import { ConfigError } from "../../errors/config-errors.ts";
import type { BoundHandler } from "../../job/handler.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { TaskRegistry } from "../../task/registry.ts";
import { checkHandlers, checkQueue, checkUnshared } from "./check-queues.ts";
import { openWithRetry } from "./open-consumer.ts";
import type { OpenQueue } from "./open-queue.ts";

/** What says which queues a worker serves, and how. */
export interface ServeParts {
  readonly broker: ValidatedBroker;
  readonly runtime: Runtime;
  readonly config: AppConfig;
  readonly settings: WorkerSettings;
  readonly tasks: TaskRegistry;
  readonly handlers: ReadonlyMap<string, BoundHandler>;
  readonly appCoordination: AppCoordination;
  /** Of the worker: whoever looks at a job sees at once who runs it (requirement C21). */
  readonly identity: string;
}

/**
 * Opens every queue a worker is to serve, after checking that it can: each task of these queues has a handler, and no
 * queue's limits would lose or strand a job.
 * @throws MissingHandlerError · ConfigError · BrokerUnavailableError · QueueNotFoundError · AccessDeniedError
 */
export async function openQueues(parts: ServeParts, signal: AbortSignal): Promise<readonly OpenQueue[]> {
  const { broker, config, settings, tasks, runtime, handlers, identity } = parts;
  const served = servedQueues(parts);
  const tasksOf = (queue: string) => tasks.tasks.filter((task) => queueOf(config, task.name) === queue);
  const servedTasks = served.flatMap(({ name }) => tasksOf(name));
  checkHandlers(servedTasks, (task) => handlers.has(task));
  checkUnshared(servedTasks, config, parts.appCoordination);
  const retryBackoff = { runtime, broker: broker.kind, startTimeoutMs: settings.startTimeoutMs, signal };
  return Promise.all(
    served.map(async ({ name, weight }) => {
      const fullName = fullQueueName(config.queuePrefix, name);
      const reopen = () => broker.openConsumer(fullName, { leaseMs: settings.leaseMs, holder: identity });
      const consumer = await openWithRetry(reopen, fullName, retryBackoff);
      const own = tasksOf(name);
      checkQueue({ name: fullName, capabilities: consumer.capabilities }, own, config, settings);
      const pollIntervalMs = Math.min(...own.map((task) => config.task(task.name).pollIntervalMs));
      const names = own.map((task) => task.name);
      return { name, fullName, weight, tasks: names, pollIntervalMs, consumer, reopen };
    }),
  );
}

/** The queues asked for, or all queues of tasks that have a handler here. */
function servedQueues({ settings, tasks, handlers, config }: ServeParts): readonly QueueWeight[] {
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
  return routedQueue(queue, domain);
}
