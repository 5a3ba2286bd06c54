import type { BrokerQueue } from "../broker/broker.ts";
import type { OutgoingMessage, SendResult } from "../broker/message.ts";
import { BrokerUnavailableError } from "../errors/broker-errors.ts";
import type { Clock } from "../runtime/clock.ts";
import { withDeadline } from "../runtime/deadline.ts";

/** An enqueue never waits longer than this for the broker, in ms; there is no unbounded offline queue. */
export const SEND_DEADLINE_MS = 5_000;

/** The most messages handed to the adapter in one call; a batch of this size still holds the event loop only briefly. */
const MAX_BATCH = 1_000;

interface PendingSend {
  readonly message: OutgoingMessage;
  readonly resolve: (result: SendResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Gathers single sends to one queue into batches. */
export interface SendBatcher {
  /** Resolves when the broker has answered for the message. @throws BrokerUnavailableError within 5 s. */
  push(message: OutgoingMessage): Promise<SendResult>;
}

/** What a {@link SendBatcher} needs to know of its queue. */
export interface BatchTarget {
  readonly broker: string;
  readonly queue: string;
  /** Opens the queue on first use; called again after it has failed. */
  open(): Promise<BrokerQueue>;
}

/**
 * Creates a batcher: all sends of one event-loop turn travel together, and none is held back longer than that.
 * Under load batches fill by themselves; a lone send pays no linger.
 */
export function createSendBatcher(target: BatchTarget, clock: Clock): SendBatcher {
  let pending: PendingSend[] = [];

  function flush(): void {
    const gathered = pending;
    pending = [];
    for (let from = 0; from < gathered.length; from += MAX_BATCH) {
      const batch = gathered.length <= MAX_BATCH ? gathered : gathered.slice(from, from + MAX_BATCH);
      void sendBatch(target, clock, batch);
    }
  }

  return {
    push(message) {
      return new Promise((resolve, reject) => {
        if (pending.push({ message, resolve, reject }) === 1) clock.defer(flush);
      });
    },
  };
}

async function sendBatch(target: BatchTarget, clock: Clock, batch: readonly PendingSend[]): Promise<void> {
  let hasBegun = false;
  const send = async () => {
    const queue = await target.open();
    hasBegun = true;
    return queue.send(batch.map(({ message }) => message));
  };
  try {
    const results = await withDeadline(clock, SEND_DEADLINE_MS, send(), () => noAnswer(target, hasBegun));
    batch.forEach(({ resolve }, index) => {
      resolve(results[index] as SendResult);
    });
  } catch (error) {
    for (const { reject } of batch) reject(error);
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
