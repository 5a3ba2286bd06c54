import { ConfigError, type EnqueuedJob, type JobOptions, type Task } from "@jobs/core";
import { fullQueueName, isJobId, JOB_ID_FORM, type OutgoingMessage, routedQueue } from "@jobs/core/broker";
import {
  having,
  type JobTarget,
  jobTarget,
  ONE_STEP,
  prepareJob,
  textOrEmpty,
  wantedDelay,
} from "@jobs/core/producer";
import { checkJobOptions, optionsCheck, required } from "@jobs/core/runtime";
import { bindParams, DEFAULT_BACKOFF } from "@jobs/core/task";
import { newJobId } from "./job-id.ts";

/** Where a producer sends, as `sqs()` makes one. */
export interface Destination {
  /** Kind of the broker. */
  readonly kind: string;
  /**
   * Stores one message in a queue by its full name.
   * @throws BrokerUnavailableError · QueueNotFoundError · AccessDeniedError · ConfigError for what the broker cannot do
   */
  send(queue: string, message: OutgoingMessage): Promise<void>;
}

/** Options of {@link createProducer}. */
export interface ProducerOptions {
  /** Where the jobs go. */
  readonly to: Destination;
  /** Prefix of every queue name, as that of the app whose workers run the jobs. Default: none. */
  readonly queuePrefix?: string;
}

/** Enqueues jobs, and does nothing else. */
export interface Producer {
  /**
   * Checks one job as an app does, and stores it.
   * @throws SignatureError · NotJsonError · ConfigError: nothing was sent
   * @throws what the destination throws
   */
  enqueue<Input>(
    task: Task<string, Input, unknown>,
    params: Input,
    options?: JobOptions,
  ): Promise<EnqueuedJob>;
}

const checkOptions = optionsCheck<ProducerOptions>({
  to: required(having("a destination, such as sqs({ … })", "send")),
  queuePrefix: textOrEmpty,
});

/**
 * A producer for runtimes without Node's modules. It reads no configuration: a task's queue is that of its options.
 * @example createProducer({ to: sqs({ region, accountId, credentials }) })
 * @throws ConfigError for options that cannot be used
 */
export function createProducer(options: ProducerOptions): Producer {
  checkOptions(options, "createProducer");
  const { to, queuePrefix = "" } = options;
  return {
    async enqueue(task, params, options = {}) {
      checkJobOptions(options, "enqueue");
      checkVersion(task, options.version);
      const target = targetOf(task);
      const { input } = await bindParams(task, params, "enqueue");
      const now = Date.now();
      const { settings } = target;
      const { id = newJobId(now), queue = settings.queue, domain = settings.domain } = options;
      if (!isJobId(id)) throw new ConfigError("a job id is not usable.", { hint: `Use ${JOB_ID_FORM}.` });
      const name = routedQueue(queue, domain);
      const draft = { target, params: input, options, origin: undefined };
      const delayMs = wantedDelay(options, now);
      const message = prepareJob(draft, { id, now, delayMs, limits: ONE_STEP });
      await to.send(fullQueueName(queuePrefix, name), message);
      return { id, task: task.name, queue: name, broker: to.kind, status: "enqueued", enqueuedAt: now };
    },
  };
}

/** @throws ConfigError: the steps to earlier versions would not fit into this package */
function checkVersion({ name, options }: Task, version: number | undefined): void {
  const { version: current = 1 } = options;
  if (version === undefined || version === current) return;
  throw new ConfigError(
    `task "${name}" cannot be sent as version ${version}: this producer sends ${current}.`,
  );
}

function targetOf({ name, signature, options }: Task): JobTarget {
  const { queue = "default", priority = 0, domain, maxAttempts = 5, backoff = DEFAULT_BACKOFF } = options;
  const form = { task: name, sig: signature.fingerprint, taskVersion: options.version };
  return jobTarget(form, { queue, priority, domain, maxAttempts, backoff });
}
