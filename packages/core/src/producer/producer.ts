import { fullQueueName, routedQueue } from "../broker/queue-name.ts";
import type { AppConfig } from "../config/app-config.ts";
import type { NextJob } from "../envelope/envelope.ts";
import { isJobsError, type JobsError } from "../errors/jobs-error.ts";
import {
  checkEnqueueOptions,
  type EnqueuedJob,
  type EnqueueItem,
  type EnqueueOptions,
  type EnqueueResult,
} from "../job/enqueue.ts";
import type { InstrumentationHooks } from "../job/instrumentation.ts";
import { checkArgument } from "../options/check-options.ts";
import { anything, listOf, task as TASK } from "../options/option-rules.ts";
import { bindParams } from "../task/bind-params.ts";
import { castDown } from "../task/cast-down.ts";
import type { ParamsForm } from "../task/params-form.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Task } from "../task/task.ts";
import {
  type JobDraft,
  type JobOrigin,
  type JobTarget,
  jobTarget,
  jobToSend,
  NO_OPTIONS,
  withHeaders,
} from "./prepare-job.ts";
import { QueueSender, type QueueSenderParts } from "./queue-sender.ts";

/** Checks the parameters of jobs, encodes them and sends them. */
export interface Producer {
  /** Checks and stores one job of a task, given by contract or by name. */
  enqueue(
    task: Task | string,
    params: unknown,
    options?: EnqueueOptions,
    origin?: JobOrigin,
  ): Promise<EnqueuedJob>;
  /** One result for each item: a bad item never stops the others. */
  enqueueMany(items: readonly EnqueueItem[], origin?: JobOrigin): Promise<readonly EnqueueResult[]>;
  /** Stores a job that was checked at the start of its flow; this app need not know the task. */
  forward(job: ForwardedJob, origin: JobOrigin): Promise<EnqueuedJob>;
}

/** A job of a flow, ready to be sent. */
export interface ForwardedJob extends Omit<NextJob, "takes"> {
  readonly id: string;
}

/** The parts of an app that its producer uses. */
export interface ProducerParts extends QueueSenderParts {
  readonly tasks: TaskRegistry;
  readonly config: AppConfig;
  /** Calls around each send, if any. */
  readonly hooks?: Pick<InstrumentationHooks, "send" | "sendMany"> | undefined;
}

/** Creates the producer of an app. */
export function createProducer(parts: ProducerParts): Producer {
  return new JobsProducer(parts);
}

/** A plain enqueue has only synchronous steps before the send, so it costs one promise. */
class JobsProducer implements Producer {
  readonly #parts: ProducerParts;
  readonly #targets = new Map<Task, JobTarget>();
  readonly #senders = new Map<string, QueueSender>();

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
      if (options !== NO_OPTIONS) checkEnqueueOptions(options, "enqueue");
      const task = this.#parts.tasks.get(typeof taskOrName === "string" ? taskOrName : nameOf(taskOrName));
      const { version } = options;
      if (version !== undefined && version !== (task.options.version ?? 1))
        return this.#enqueueOlder({ task, params, version }, options, origin);
      const target = this.#targetOf(task);
      const bound = bindParams(task, params, "enqueue");
      const transactionId = this.#transactionId(options);
      if (!(bound instanceof Promise))
        return this.#send({ target, params: bound.input, options, origin, transactionId });
      return bound.then(({ input }) => this.#send({ target, params: input, options, origin, transactionId }));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  enqueueMany(items: readonly EnqueueItem[], origin?: JobOrigin): Promise<readonly EnqueueResult[]> {
    checkArgument(items, "enqueueMany: the argument", ITEMS);
    const { sendMany } = this.#parts.hooks ?? {};
    if (sendMany === undefined) return this.#enqueueItems(items, origin);
    const bulk = { size: items.length };
    return sendMany(bulk, () => this.#enqueueItems(items, { headers: {}, ...origin, bulk }));
  }

  #enqueueItems(
    items: readonly EnqueueItem[],
    origin: JobOrigin | undefined,
  ): Promise<readonly EnqueueResult[]> {
    return Promise.all(items.map((item) => this.#enqueueItem(item, origin).catch(refused)));
  }

  /** Not async, which would cost each item another promise. */
  #enqueueItem(item: EnqueueItem, origin: JobOrigin | undefined): Promise<EnqueuedJob> {
    try {
      checkArgument(item, "enqueueMany: an item", ITEM);
    } catch (error) {
      return Promise.reject(error);
    }
    const [task, params, options] = item;
    return this.enqueue(task, params, options, origin);
  }

  async forward(job: ForwardedJob, origin: JobOrigin): Promise<EnqueuedJob> {
    const { task, params, sig, taskVersion, queue, domain, priority = 0, ...options } = job;
    const { maxAttempts, backoff } = this.#parts.config.task(task);
    const settings = { queue, priority, domain, maxAttempts, backoff };
    const target = jobTarget({ task, sig, taskVersion }, settings, this.#reported(task));
    return this.#send({ target, params, options, origin });
  }

  async #enqueueOlder(
    { task, params, version }: { readonly task: Task; readonly params: unknown; readonly version: number },
    options: EnqueueOptions,
    origin: JobOrigin | undefined,
  ): Promise<EnqueuedJob> {
    const transactionId = this.#transactionId(options);
    const { input } = await bindParams(task, params, "enqueue");
    const older = await castDown(task, input, version);
    const target = this.#newTarget(task, older.form);
    return this.#send({ target, params: older.input, options, origin, transactionId });
  }

  /** Read before the first await: the connection may be in another transaction after it. */
  #transactionId({ transaction }: EnqueueOptions): Promise<unknown> | undefined {
    return transaction === undefined ? undefined : this.#parts.transactionId?.(transaction);
  }

  #send(draft: JobDraft): Promise<EnqueuedJob> {
    const { options, target } = draft;
    const { queue = target.settings.queue, domain = target.settings.domain } = options;
    const routed = routedQueue(queue, domain);
    const sender = this.#senderOf(routed);
    const send = this.#parts.hooks?.send;
    if (send === undefined) return sender.send(draft);
    return send(jobToSend(draft, routed), (headers) => sender.send(withHeaders(draft, headers)));
  }

  #targetOf(task: Task): JobTarget {
    let target = this.#targets.get(task);
    if (target === undefined) {
      target = this.#newTarget(task, { signature: task.signature, version: task.options.version });
      this.#targets.set(task, target);
    }
    return target;
  }

  #newTarget({ name }: Task, { signature, version }: Pick<ParamsForm, "signature" | "version">): JobTarget {
    const form = { task: name, sig: signature.fingerprint, taskVersion: version };
    return jobTarget(form, this.#parts.config.task(name), this.#reported(name));
  }

  /**
   * Without its contract the hidden parameters are unknown, so a task of another app is reported without parameters.
   */
  #reported(name: string): Task | undefined {
    const task = this.#parts.tasks.find(name);
    return task !== undefined && this.#parts.config.task(task.name).monitorParams ? task : undefined;
  }

  #senderOf(queue: string): QueueSender {
    let sender = this.#senders.get(queue);
    if (sender === undefined) {
      sender = new QueueSender(queue, fullQueueName(this.#parts.config.queuePrefix, queue), this.#parts);
      this.#senders.set(queue, sender);
    }
    return sender;
  }
}

const ITEMS = listOf("items", anything);

const ITEM = {
  expected: "[task, params, options?]",
  accepts: (item: unknown) => Array.isArray(item) && item.length <= 3,
};

/** @throws ConfigError for a value that is not a contract, which plain JavaScript may pass. */
function nameOf(task: Task): string {
  checkArgument(task, "enqueue: the first argument", TASK);
  return task.name;
}

/** The result for an item that cannot be sent. @throws an error that is not of this project */
export function refused(error: unknown): EnqueueResult {
  if (!isJobsError(error)) throw error;
  return { status: "refused", error: error as JobsError };
}
