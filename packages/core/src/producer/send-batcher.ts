import type { BrokerQueue } from "../broker/broker.ts";
import type { OutgoingMessage, SendResult } from "../broker/message.ts";
import { BrokerUnavailableError } from "../errors/broker-errors.ts";
import type { Clock } from "../runtime/clock.ts";
import { withDeadline } from "../runtime/deadline.ts";

/** An enqueue never waits longer than this for the broker, in ms; there is no unbounded offline queue. */
export const SEND_DEADLINE_MS = 5_000;

/** The most messages handed to the adapter in one call; a batch of this size still holds the event loop only briefly. */
const MAX_BATCH = 1_000;

/** A message on its way, with what its sender is to be told. */
interface PendingSend<Job, Answer> {
  readonly message: OutgoingMessage;
  readonly job: Job;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Gathers single sends to one queue into batches. */
export interface SendBatcher<Job, Answer> {
  /** Resolves when the broker has answered for the message. @throws BrokerUnavailableError within 5 s. */
  push(message: OutgoingMessage, job: Job): Promise<Answer>;
}

/** What a {@link SendBatcher} needs to know of its queue. */
export interface BatchTarget<Job, Answer> {
  readonly broker: string;
  readonly queue: string;
  /** Opens the queue on first use; called again after it has failed. */
  open(): Promise<BrokerQueue>;
  /** Makes the sender's answer of the broker's; may throw. Given here so that a send costs one promise, not two. */
  answer(job: Job, message: OutgoingMessage, result: SendResult): Answer;
}

/**
 * Creates a batcher: the sends of one event-loop turn travel together, and none is held back longer than that.
 * Under load batches fill by themselves; a lone send pays no linger.
 */
export function createSendBatcher<Job, Answer>(
  target: BatchTarget<Job, Answer>,
  clock: Clock,
): SendBatcher<Job, Answer> {
  let pending: PendingSend<Job, Answer>[] = [];
  let queue: BrokerQueue | undefined;

  function flush(): void {
    const gathered = pending;
    pending = [];
    for (let from = 0; from < gathered.length; from += MAX_BATCH) {
      const batch = gathered.length <= MAX_BATCH ? gathered : gathered.slice(from, from + MAX_BATCH);
      void sendBatch(batch);
    }
  }

  async function sendBatch(batch: readonly PendingSend<Job, Answer>[]): Promise<void> {
    let hasBegun = false;
    const send = async () => {
      // Waiting for a queue that is open already would put the send off to the end of the turn.
      queue ??= await target.open();
      hasBegun = true;
      return queue.send(batch.map(({ message }) => message));
    };
    try {
      const results = await withDeadline(clock, SEND_DEADLINE_MS, send(), () => noAnswer(target, hasBegun));
      let index = 0;
      for (const pending of batch) answerOne(target, pending, results[index++] as SendResult);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return {
    push(message, job) {
      return new Promise((resolve, reject) => {
        const count = pending.push({ message, job, resolve, reject });
        if (count === 1) clock.defer(flush);
        if (count === queue?.fullBatch) flush();
      });
    },
  };
}

function answerOne<Job, Answer>(
  target: BatchTarget<Job, Answer>,
  { message, job, resolve, reject }: PendingSend<Job, Answer>,
  result: SendResult,
): void {
  try {
    resolve(target.answer(job, message, result));
  } catch (error) {
    reject(error);
  }
}

/** The error of an enqueue that the broker did not answer in time. */
export function noAnswer(
  place: { readonly broker: string; readonly queue: string },
  maybeSent: boolean,
): Error {
  return new BrokerUnavailableError(place, `no answer within ${SEND_DEADLINE_MS} ms.`, {
    maybeSent,
    hint: "Check that the broker is up; sending again with the same id is safe where the broker dedupes.",
  });
}
