import type { BrokerQueue } from "../broker/broker.ts";
import type { SendResult } from "../broker/message.ts";
import { fullQueueName } from "../broker/queue-name.ts";
import type { AppConfig, TaskSettings } from "../config/app-config.ts";
import type { JsonObject } from "../envelope/envelope.ts";
import { isJobsError, type JobsError } from "../errors/jobs-error.ts";
import type { EnqueuedJob, EnqueueItem, EnqueueOptions, EnqueueResult } from "../job/enqueue.ts";
import type { Lifecycle } from "../job/lifecycle.ts";
import { withDeadline } from "../runtime/deadline.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { bindParams } from "../task/bind-params.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Task } from "../task/task.ts";
import { type DelayLimits, type JobOrigin, NO_OPTIONS, ONE_STEP, prepareJob } from "./prepare-job.ts";
import { createSendBatcher, noAnswer, SEND_DEADLINE_MS, type SendBatcher } from "./send-batcher.ts";

/** Bind → encode → send. */
export interface Producer {
  /** Checks and stores one job of a task, given by contract or by name. */
  enqueue(
    task: Task | string,
    params: unknown,
    options?: EnqueueOptions,
    origin?: JobOrigin,
  ): Promise<EnqueuedJob>;
  /** One result per item: a bad item never stops the others. */
  enqueueMany(items: readonly EnqueueItem[], origin?: JobOrigin): Promise<readonly EnqueueResult[]>;
}

/** What a producer works with. */
export interface ProducerParts {
  readonly brokerKind: string;
  readonly tasks: TaskRegistry;
  readonly config: AppConfig;
  readonly runtime: Runtime;
  readonly lifecycle: Lifecycle;
  /** Opens a queue by its full name; the same one each time. */
  openQueue(fullName: string): Promise<BrokerQueue>;
}

/** A queue as the producer sends to it. */
interface Route {
  readonly queue: string;
  readonly batcher: SendBatcher;
  open(): Promise<BrokerQueue>;
  /** Known once the queue was opened. */
  delayLimits: DelayLimits | undefined;
}

/** Creates the producer of an app. */
export function createProducer(parts: ProducerParts): Producer {
  const settingsByTask = new Map<string, TaskSettings>();
  const routes = new Map<string, Route>();

  function settingsOf(task: Task): TaskSettings {
    let settings = settingsByTask.get(task.name);
    if (settings === undefined) {
      settings = parts.config.task(task.name);
      settingsByTask.set(task.name, settings);
    }
    return settings;
  }

  function routeTo(queue: string, domain: string | undefined): Route {
    const key = domain === undefined ? queue : `${queue}__${domain}`;
    let route = routes.get(key);
    if (route === undefined) {
      route = openRoute(parts, queue, fullQueueName(parts.config.queuePrefix, queue, domain));
      routes.set(key, route);
    }
    return route;
  }

  async function enqueue(
    taskOrName: Task | string,
    params: unknown,
    options: EnqueueOptions = NO_OPTIONS,
    origin?: JobOrigin,
  ): Promise<EnqueuedJob> {
    const task = parts.tasks.get(typeof taskOrName === "string" ? taskOrName : taskOrName.name);
    const bound = bindParams(task, params, "enqueue");
    const { input } = bound instanceof Promise ? await bound : bound;
    const settings = settingsOf(task);
    const route = routeTo(options.queue ?? settings.queue, settings.domain);
    const isDelayed = options.delayMs !== undefined || options.at !== undefined;
    const limits = isDelayed ? (route.delayLimits ?? (await learnDelay(parts, route))) : ONE_STEP;
    const draft = { task, settings, params: input as JsonObject, options, origin };
    const message = prepareJob(draft, parts.runtime, limits);
    const status = accepted(await route.batcher.push(message));
    const job = { id: message.id, task: task.name, queue: route.queue, broker: parts.brokerKind, status };
    if (status === "enqueued") publishEnqueued(parts, job, message.delayMs ?? 0);
    return job;
  }

  return {
    enqueue,
    enqueueMany: (items, origin) =>
      Promise.all(
        items.map(([task, params, options]) => enqueue(task, params, options, origin).catch(refused)),
      ),
  };
}

function openRoute(parts: ProducerParts, queue: string, fullName: string): Route {
  const open = () => parts.openQueue(fullName);
  const batcher = createSendBatcher({ broker: parts.brokerKind, queue: fullName, open }, parts.runtime.clock);
  return { queue, batcher, open, delayLimits: undefined };
}

async function learnDelay({ runtime, brokerKind }: ProducerParts, route: Route): Promise<DelayLimits> {
  const late = () => noAnswer({ broker: brokerKind, queue: route.queue }, false);
  const { delay } = (await withDeadline(runtime.clock, SEND_DEADLINE_MS, route.open(), late)).capabilities;
  // Where a delay is not supported at all, the guard says so; nothing is turned into hops behind its back.
  route.delayLimits = delay === false ? ONE_STEP : delay;
  return route.delayLimits;
}

function accepted(result: SendResult): EnqueuedJob["status"] {
  if (result.status === "failed") throw result.error;
  return result.status === "sent" ? "enqueued" : "duplicate";
}

function refused(error: unknown): EnqueueResult {
  if (!isJobsError(error)) throw error;
  return { status: "refused", error: error as JobsError };
}

function publishEnqueued({ lifecycle, runtime }: ProducerParts, job: EnqueuedJob, delayMs: number): void {
  if (!lifecycle.isObserved) return;
  const { id, task, queue } = job;
  lifecycle.publish({ type: "job.enqueued", at: runtime.clock.now(), job: { id, task, queue }, delayMs });
}
