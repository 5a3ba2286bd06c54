import type { Broker, BrokerQueue } from "../broker/broker.ts";
import { CALL_TIMEOUT_MS, type CallOptions, type SendOptions } from "../broker/call-options.ts";
import type { OutgoingMessage, SendResult } from "../broker/message.ts";
import type { EventFields, JsonObject } from "../envelope/envelope.ts";
import { BrokerUnavailableError } from "../errors/broker-errors.ts";
import type { EnqueuedJob } from "../job/enqueue.ts";
import type { Lifecycle } from "../job/lifecycle.ts";
import type { Clock } from "../runtime/clock.ts";
import { withDeadline } from "../runtime/deadline.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { redactParams } from "../task/redact-params.ts";
import {
  type DelayLimits,
  type JobDraft,
  NO_OPTIONS,
  ONE_STEP,
  prepareJob,
  wantedDelay,
} from "./prepare-job.ts";

/** The parts of an app that a {@link QueueSender} uses. */
export interface QueueSenderParts {
  readonly brokerKind: string;
  readonly runtime: Runtime;
  readonly lifecycle: Lifecycle;
  /** Opens a queue by its full name; the same one each time. */
  openQueue(fullName: string): Promise<BrokerQueue>;
  /** As the broker's. */
  readonly transactionId?: Broker["transactionId"];
}

/** Core waits this much longer than the adapter itself, in ms, because the adapter has the more exact error. */
const LATE_ANSWER_MS = 500;

/** The longest wait of an enqueue for the broker, in ms; there is no unlimited offline queue. */
const SEND_DEADLINE_MS = CALL_TIMEOUT_MS + LATE_ANSWER_MS;

/** The most messages in one call of the adapter; such a batch blocks the event loop only briefly. */
const MAX_BATCH = 1_000;

/** A message to send, with the values for its event. */
export interface Sending {
  readonly message: OutgoingMessage;
  /** Until it is due, in ms. */
  readonly delayMs: number;
  /** When it was passed to the batcher, in ms since 1970. Its worker may run it before the broker's answer arrives. */
  readonly at: number;
  /** What its event has besides its names; `undefined` for most jobs. */
  readonly noted: NotedFields | undefined;
}

/** Members of a job's event that most jobs lack. */
interface NotedFields {
  /** Redacted. */
  readonly params?: JsonObject | undefined;
  readonly job?: EventFields | undefined;
}

/** A {@link Sending} in flight, and the caller that waits for it. */
interface PendingSend<Answer> extends Sending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Collects single sends to one queue into batches. */
interface SendBatcher<Answer> {
  /** Resolves when the broker has answered for the message. @throws BrokerUnavailableError within 5 s. */
  push(message: OutgoingMessage, delayMs: number, at: number, noted?: NotedFields): Promise<Answer>;
}

/** The queue of a {@link SendBatcher}. */
interface BatchTarget<Answer> {
  readonly broker: string;
  readonly queue: string;
  /** Opens the queue on first use; called again after it has failed. */
  open(): Promise<BrokerQueue>;
  /**
   * Converts the broker's answer to the sender's; may throw. A callback, so that a send costs one promise instead of
   * two.
   */
  answer(sending: Sending, result: SendResult): Answer;
}

/** Sends jobs to one queue: makes their messages and batches them. */
export class QueueSender {
  readonly #parts: QueueSenderParts;
  readonly #queue: string;
  readonly #fullName: string;
  readonly #batcher: SendBatcher<EnqueuedJob>;
  /** Set when the queue was opened for a delayed job. */
  #delayLimits: DelayLimits | undefined;

  /** `queue` is the name without prefix. */
  constructor(queue: string, fullName: string, parts: QueueSenderParts) {
    this.#parts = parts;
    this.#queue = queue;
    this.#fullName = fullName;
    this.#batcher = createSendBatcher(
      {
        broker: parts.brokerKind,
        queue: fullName,
        open: () => parts.openQueue(fullName),
        answer: (sending, result) => this.#answer(sending, result),
      },
      parts.runtime.clock,
    );
  }

  /**
   * Sends a job that has passed the checks.
   * @throws ConfigError for options that are out of range · as the batcher does
   */
  send(draft: JobDraft): Promise<EnqueuedJob> {
    const { options } = draft;
    const delayMs = options === NO_OPTIONS ? 0 : wantedDelay(options, this.#parts.runtime.clock.now());
    if (delayMs === 0) return this.#push(draft, ONE_STEP, 0);
    if (this.#delayLimits !== undefined) return this.#push(draft, this.#delayLimits, delayMs);
    return this.#readDelayLimits().then((limits) => this.#push(draft, limits, delayMs));
  }

  #push(draft: JobDraft, limits: DelayLimits, delayMs: number): Promise<EnqueuedJob> {
    const { clock, ids } = this.#parts.runtime;
    const now = clock.now();
    const message = prepareJob(draft, { id: draft.options.id ?? ids(), now, delayMs, limits });
    const { transaction } = draft.options;
    if (transaction !== undefined)
      return this.#sendWithin({ transaction, transactionId: draft.transactionId }, message, now);
    return this.#batcher.push(message, delayMs, now, notedFields(draft));
  }

  /**
   * Not in a batch, whose other jobs are stored at once. It has no event: if the transaction is rolled back, there is no
   * job.
   */
  async #sendWithin(within: SendOptions, message: OutgoingMessage, at: number): Promise<EnqueuedJob> {
    const { runtime, openQueue } = this.#parts;
    const target = { open: () => openQueue(this.#fullName) };
    const sent = openWithin(target, runtime.clock, (queue, options) =>
      queue.send([message], { ...options, ...within }),
    );
    const late = () => noAnswer({ broker: this.#parts.brokerKind, queue: this.#queue }, true);
    const [result] = await withDeadline(runtime.clock, SEND_DEADLINE_MS, sent, late);
    return this.#receiptOf(message, at, result as SendResult);
  }

  async #readDelayLimits(): Promise<DelayLimits> {
    const { runtime, brokerKind, openQueue } = this.#parts;
    const late = () => noAnswer({ broker: brokerKind, queue: this.#queue }, false);
    const opened = withDeadline(runtime.clock, SEND_DEADLINE_MS, openQueue(this.#fullName), late);
    const { delay } = (await opened).capabilities;
    // Where a queue has no delay at all, `validateBroker` refuses the message.
    this.#delayLimits = delay === false ? ONE_STEP : delay;
    return this.#delayLimits;
  }

  #answer({ message, delayMs, at, noted }: Sending, result: SendResult): EnqueuedJob {
    const receipt = this.#receiptOf(message, at, result);
    const { lifecycle } = this.#parts;
    if (receipt.status === "enqueued" && lifecycle.isObserved) {
      const { id, task, queue } = receipt;
      const params = noted?.params;
      const job = { id, task, queue, ...noted?.job };
      lifecycle.publish({ type: "job.enqueued", at, job, delayMs, ...(params && { params }) });
    }
    return receipt;
  }

  #receiptOf({ id, label: task }: OutgoingMessage, at: number, result: SendResult): EnqueuedJob {
    if (result.status === "failed") throw result.error;
    const { brokerKind: broker } = this.#parts;
    const queue = this.#queue;
    if (result.status === "duplicate") return { id, task, queue, broker, status: "duplicate" };
    return { id, task, queue, broker, status: "enqueued", enqueuedAt: at };
  }
}

function notedFields({ target, params, options, origin }: JobDraft): NotedFields | undefined {
  const { reported } = target;
  if (options === NO_OPTIONS && origin === undefined && reported === undefined) return undefined;
  const { chain: flow, chainStartedAt, tags: flowTags = [] } = origin?.flow ?? {};
  const { tags = flowTags } = options;
  return {
    params: reported && redactParams(reported, params),
    job: {
      ...(chainStartedAt === undefined ? undefined : { enqueuedAt: Date.parse(chainStartedAt) }),
      ...(tags.length === 0 ? undefined : { tags }),
      ...(flow === undefined ? undefined : { flow }),
    },
  };
}

/**
 * Creates a batcher for the sends of one event-loop turn; none waits longer. Batches grow under load, and a single send
 * has no delay.
 */
export function createSendBatcher<Answer>(target: BatchTarget<Answer>, clock: Clock): SendBatcher<Answer> {
  let pending: PendingSend<Answer>[] = [];
  let queue: BrokerQueue | undefined;

  function flush(): void {
    const gathered = pending;
    pending = [];
    for (let from = 0; from < gathered.length; from += MAX_BATCH) {
      sendBatch(gathered.length <= MAX_BATCH ? gathered : gathered.slice(from, from + MAX_BATCH));
    }
  }

  function sendBatch(batch: readonly PendingSend<Answer>[]): void {
    let hasBegun = false;
    const send = (open: BrokerQueue, options?: CallOptions) => {
      queue = open;
      hasBegun = true;
      return queue.send(
        batch.map(({ message }) => message),
        options,
      );
    };
    // Awaiting an open queue would delay the send to the end of the turn.
    const sent = queue === undefined ? openWithin(target, clock, send) : send(queue);
    withDeadline(clock, SEND_DEADLINE_MS, sent, () => noAnswer(target, hasBegun)).then(
      (results) => {
        for (let index = 0; index < batch.length; index++) answerOne(target, batch[index], results[index]);
      },
      (error: unknown) => {
        for (const { reject } of batch) reject(error);
      },
    );
  }

  return {
    push(message, delayMs, at, noted) {
      return new Promise((resolve, reject) => {
        const count = pending.push({ message, delayMs, at, noted, resolve, reject });
        if (count === 1) clock.defer(flush);
        if (count === queue?.fullBatch) flush();
      });
    },
  };
}

/** Opens the queue and sends. Both together take no longer than one call. */
async function openWithin<Sent>(
  target: Pick<BatchTarget<never>, "open">,
  clock: Clock,
  send: (queue: BrokerQueue, options: CallOptions) => Promise<Sent>,
): Promise<Sent> {
  const begunAt = clock.monotonic();
  const queue = await target.open();
  return send(queue, { timeoutMs: Math.max(1, CALL_TIMEOUT_MS - (clock.monotonic() - begunAt)) });
}

function answerOne<Answer>(
  target: BatchTarget<Answer>,
  pending: PendingSend<Answer> | undefined,
  result: SendResult | undefined,
): void {
  try {
    pending?.resolve(target.answer(pending, result as SendResult));
  } catch (error) {
    pending?.reject(error);
  }
}

/** The error of an enqueue that the broker did not answer in time. */
function noAnswer(target: { readonly broker: string; readonly queue: string }, maybeSent: boolean): Error {
  return new BrokerUnavailableError(target, `no answer within ${SEND_DEADLINE_MS} ms.`, {
    maybeSent,
    hint: "Check that the broker runs; sending again with the same id is safe if the broker dedupes.",
  });
}
