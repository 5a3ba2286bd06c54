import type { Message } from "@aws-sdk/client-sqs";
import { createSharedAbort } from "@jobs/core/runtime";

/**
 * The messages of one event from one queue. Each waits, is in the hands of the worker, is gone from its queue, or
 * comes back. On a FIFO queue one message of a group is in hand at a time. After one that comes back, the rest of its
 * group comes back too.
 */
export class EventMessages {
  readonly #isOrdered: boolean;
  #waiting: readonly Message[];
  readonly #inHand = new Map<string, Message>();
  readonly #gone = new Set<string>();
  #changed = createSharedAbort();

  constructor(messages: readonly Message[], isOrdered: boolean) {
    this.#waiting = messages;
    this.#isOrdered = isOrdered;
  }

  /** Aborts with the next change: then another message may be free to start. */
  get changed(): AbortSignal {
    return this.#changed.signal;
  }

  /** Whether nothing waits and nothing is in hand. */
  get isOver(): boolean {
    return this.#waiting.length === 0 && this.#inHand.size === 0;
  }

  /** Whether a message has left its queue: it was acked, or is a dead letter. */
  isGone(id: string): boolean {
    return this.#gone.has(id);
  }

  /** Takes up to `max` messages that may start now, in the order of the event. */
  take(max: number): readonly Message[] {
    const taken: Message[] = [];
    this.#waiting = this.#waiting.filter((message) => {
      if (taken.length >= max || this.#isBehind(message)) return true;
      taken.push(message);
      this.#inHand.set(idOf(message), message);
      return false;
    });
    return taken;
  }

  /** Takes all that wait, so that none of them starts any more. */
  takeWaiting(): readonly Message[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  /** A message in hand has left its queue. */
  left(id: string): void {
    this.#gone.add(id);
    this.#inHand.delete(id);
    this.#change();
  }

  /** A message in hand comes back. Returns those that must come back with it. */
  comesBack(id: string): readonly Message[] {
    const message = this.#inHand.get(id);
    if (message === undefined) return [];
    this.#inHand.delete(id);
    const isSameGroup = (other: Message) => this.#isOrdered && groupOf(other) === groupOf(message);
    const behind = this.#waiting.filter(isSameGroup);
    this.#waiting = this.#waiting.filter((other) => !isSameGroup(other));
    this.#change();
    return behind;
  }

  #isBehind(message: Message): boolean {
    if (!this.#isOrdered) return false;
    return [...this.#inHand.values()].some((other) => groupOf(other) === groupOf(message));
  }

  #change(): void {
    this.#changed.abort();
    this.#changed = createSharedAbort();
  }
}

/** SQS's id of a message. */
export function idOf({ MessageId = "" }: Message): string {
  return MessageId;
}

function groupOf({ Attributes }: Message): string | undefined {
  return Attributes?.MessageGroupId;
}
