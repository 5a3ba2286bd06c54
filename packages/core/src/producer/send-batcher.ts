import type { BrokerQueue } from "../broker/broker.ts";
import type { OutgoingMessage, SendResult } from "../broker/message.ts";
import type { JsonObject } from "../envelope/envelope.ts";
import { BrokerUnavailableError } from "../errors/broker-errors.ts";
import type { Clock } from "../runtime/clock.ts";
import { withDeadline } from "../runtime/deadline.ts";

/** An enqueue never waits longer than this for the broker, in ms; there is no unbounded offline queue. */
export const SEND_DEADLINE_MS = 5_000;

/** The most messages handed to the adapter in one call; a batch of this size still holds the event loop only briefly. */
const MAX_BATCH = 1_000;

/** A message that is handed over, with what is to be told of it. */
export interface Sending {
  readonly message: OutgoingMessage;
  /** Until it is due, in ms. */
  readonly delayMs: number;
  /** When it was handed over, in ms since 1970: its worker may have run it before the broker's answer is here. */
  readonly at: number;
  /** As they may be shown, where they are to be told. */
  readonly params: JsonObject | undefined;
}

/** A {@link Sending} on its way, and whoever waits for the answer. */
interface PendingSend<Answer> extends Sending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Gathers single sends to one queue into batches. */
export interface SendBatcher<Answer> {
  /** Resolves when the broker has answered for the message. @throws BrokerUnavailableError within 5 s. */
  push(message: OutgoingMessage, delayMs: number, at: number, params?: JsonObject): Promise<Answer>;
}

/** What a {@link SendBatcher} needs to know of its queue. */
export interface BatchTarget<Answer> {
  readonly broker: string;
  readonly queue: string;
  /** Opens the queue on first use; called again after it has failed. */
  open(): Promise<BrokerQueue>;
  /** Makes the sender's answer of the broker's; may throw. Given here so that a send costs one promise, not two. */
  answer(sending: Sending, result: SendResult): Answer;
}

/**
 * Creates a batcher: the sends of one event-loop turn travel together, and none is held back longer than that.
 * Under load batches fill by themselves; a lone send pays no linger.
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
    const send = (open: BrokerQueue) => {
      queue = open;
      hasBegun = true;
      return queue.send(batch.map(({ message }) => message));
    };
    // Waiting for a queue that is open already would put the send off to the end of the turn.
    const sent = queue === undefined ? target.open().then(send) : send(queue);
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
    push(message, delayMs, at, params) {
      return new Promise((resolve, reject) => {
        const count = pending.push({ message, delayMs, at, params, resolve, reject });
        if (count === 1) clock.defer(flush);
        if (count === queue?.fullBatch) flush();
      });
    },
  };
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
export function noAnswer(
  place: { readonly broker: string; readonly queue: string },
  maybeSent: boolean,
): Error {
  return new BrokerUnavailableError(place, `no answer within ${SEND_DEADLINE_MS} ms.`, {
    maybeSent,
    hint: "Check that the broker is up; sending again with the same id is safe where the broker dedupes.",
  });
}
