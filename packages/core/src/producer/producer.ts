import type { BrokerQueue } from "../broker/broker.ts";
import type { OutgoingMessage, SendResult } from "../broker/message.ts";
import { fullQueueName, routedQueue } from "../broker/queue-name.ts";
import type { AppConfig, TaskSettings } from "../config/app-config.ts";
import type { NextJob } from "../envelope/next-step.ts";
import { isJobsError, type JobsError } from "../errors/jobs-error.ts";
import type { EnqueuedJob, EnqueueItem, EnqueueOptions, EnqueueResult } from "../job/enqueue.ts";
import type { Lifecycle } from "../job/lifecycle.ts";
import { withDeadline } from "../runtime/deadline.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { bindParams } from "../task/bind-params.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Task } from "../task/task.ts";
import {
  type DelayLimits,
  type JobDraft,
  type JobOrigin,
  NO_OPTIONS,
  ONE_STEP,
  prepareJob,
  wantedDelay,
} from "./prepare-job.ts";
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
  /** Stores a job that was checked when its flow was started; this app need not know the task. */
  forward(job: ForwardedJob, origin: JobOrigin): Promise<EnqueuedJob>;
}

/** A job of a flow, ready to be sent. */
export interface ForwardedJob extends Omit<NextJob, "takes"> {
  readonly id: string;
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

/** What the sender is told about, once the broker has answered. */
interface SentJob {
  readonly task: string;
  readonly queue: string;
  readonly delayMs: number;
  /** When it was handed over: its worker may have run it before the broker's answer is here. */
  readonly at: number;
}

/** A queue as the producer sends to it. */
interface Route {
  /** Name without prefix. */
  readonly queue: string;
  readonly batcher: SendBatcher<SentJob, EnqueuedJob>;
  open(): Promise<BrokerQueue>;
  /** Known once the queue was opened for a delayed job. */
  delayLimits: DelayLimits | undefined;
}

/** Creates the producer of an app. */
export function createProducer(parts: ProducerParts): Producer {
  return new JobsProducer(parts);
}

/** No step of a plain enqueue waits for another, so the whole way costs one promise. */
class JobsProducer implements Producer {
  readonly #parts: ProducerParts;
  readonly #settings = new Map<string, TaskSettings>();
  readonly #routes = new Map<string, Route>();

  constructor(parts: ProducerParts) {
    this.#parts = parts;
  }

  enqueue(
    taskOrName: Task | string,
    params: unknown,
    options: EnqueueOptions = NO_OPTIONS,
    origin?: JobOrigin,
  ): Promise<EnqueuedJob> {
    try {
      const task = this.#parts.tasks.get(typeof taskOrName === "string" ? taskOrName : taskOrName.name);
      const settings = this.#settingsOf(task);
      const bound = bindParams(task, params, "enqueue");
      if (!(bound instanceof Promise)) {
        return this.#send({ task, settings, params: bound.input, options, origin });
      }
      return bound.then(({ input }) => this.#send({ task, settings, params: input, options, origin }));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  enqueueMany(items: readonly EnqueueItem[], origin?: JobOrigin): Promise<readonly EnqueueResult[]> {
    return Promise.all(
      items.map(([task, params, options]) => this.enqueue(task, params, options, origin).catch(refused)),
    );
  }

  async forward(job: ForwardedJob, origin: JobOrigin): Promise<EnqueuedJob> {
    const { task, params, sig, queue, domain, priority = 0, ...options } = job;
    const target = { name: task, signature: { fingerprint: sig } };
    return this.#send({ task: target, settings: { queue, priority, domain }, params, options, origin });
  }

  #send(draft: JobDraft): Promise<EnqueuedJob> {
    const { options, settings } = draft;
    const route = this.#routeTo(options.queue ?? settings.queue, options.domain ?? settings.domain);
    const delayMs = options === NO_OPTIONS ? 0 : wantedDelay(options, this.#parts.runtime.clock.now());
    if (delayMs === 0) return this.#push(draft, route, ONE_STEP, 0);
    if (route.delayLimits !== undefined) return this.#push(draft, route, route.delayLimits, delayMs);
    return this.#learnDelay(route).then((limits) => this.#push(draft, route, limits, delayMs));
  }

  #push(draft: JobDraft, route: Route, limits: DelayLimits, delayMs: number): Promise<EnqueuedJob> {
    const { runtime } = this.#parts;
    const at = runtime.clock.now();
    const message = prepareJob(draft, runtime, limits, delayMs);
    return route.batcher.push(message, { task: draft.task.name, queue: route.queue, delayMs, at });
  }

  #settingsOf(task: Task): TaskSettings {
    let settings = this.#settings.get(task.name);
    if (settings === undefined) {
      settings = this.#parts.config.task(task.name);
      this.#settings.set(task.name, settings);
    }
    return settings;
  }

  #routeTo(queue: string, domain: string | undefined): Route {
    const name = routedQueue(queue, domain);
    let route = this.#routes.get(name);
    if (route === undefined) {
      route = this.#openRoute(name, fullQueueName(this.#parts.config.queuePrefix, name));
      this.#routes.set(name, route);
    }
    return route;
  }

  #openRoute(queue: string, fullName: string): Route {
    const { brokerKind, runtime, openQueue } = this.#parts;
    const open = () => openQueue(fullName);
    const batcher = createSendBatcher<SentJob, EnqueuedJob>(
      {
        broker: brokerKind,
        queue: fullName,
        open,
        answer: (job, message, result) => this.#answer(job, message, result),
      },
      runtime.clock,
    );
    return { queue, batcher, open, delayLimits: undefined };
  }

  async #learnDelay(route: Route): Promise<DelayLimits> {
    const { runtime, brokerKind } = this.#parts;
    const late = () => noAnswer({ broker: brokerKind, queue: route.queue }, false);
    const { delay } = (await withDeadline(runtime.clock, SEND_DEADLINE_MS, route.open(), late)).capabilities;
    // Where a delay is not supported at all, the guard says so; nothing is turned into hops behind its back.
    route.delayLimits = delay === false ? ONE_STEP : delay;
    return route.delayLimits;
  }

  #answer({ task, queue, delayMs, at }: SentJob, { id }: OutgoingMessage, result: SendResult): EnqueuedJob {
    if (result.status === "failed") throw result.error;
    const { lifecycle, brokerKind: broker } = this.#parts;
    if (result.status === "duplicate") return { id, task, queue, broker, status: "duplicate" };
    if (lifecycle.isObserved) {
      lifecycle.publish({ type: "job.enqueued", at, job: { id, task, queue }, delayMs });
    }
    return { id, task, queue, broker, status: "enqueued" };
  }
}

function refused(error: unknown): EnqueueResult {
  if (!isJobsError(error)) throw error;
  return { status: "refused", error: error as JobsError };
}
