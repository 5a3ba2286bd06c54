import type { Message } from "@aws-sdk/client-sqs";
import { CALL_TIMEOUT_MS, type HiddenLetters } from "@jobs/core/broker";
import type { BrokerSession } from "../broker-session.ts";
import { bundledMessages } from "../bundle/bundle-body.ts";
import { MAX_BATCH } from "../capabilities.ts";
import { readCounts } from "../queue/queue-attributes.ts";
import type { QueueRecord } from "../queue/queue-registry.ts";
import { bundledDeadLetter } from "./bundled-dead-letter.ts";
import { isNamedBy } from "./read-dead-letter.ts";

/** How long an inspected message is hidden from others, in seconds. It is released earlier if it stays. */
const HIDDEN_SECONDS = 60;

/** So many receives in a row without a message end a search, although SQS counts some. */
const EMPTY_RECEIVES = 2;

/** Which dead letters: the first `limit`, or those among `ids` (of their jobs, or their own). */
export interface DeadLetterChoice {
  readonly limit: number;
  readonly ids: readonly string[] | undefined;
}

/** The queue of dead letters. SQS can show messages only by a receive, which it counts. */
export class DeadLetterQueue {
  readonly #session: BrokerSession;
  readonly #record: QueueRecord;

  constructor(session: BrokerSession, record: QueueRecord) {
    this.#session = session;
    this.#record = record;
  }

  /**
   * Passes the chosen messages to `take` in parts. `take` returns the messages that it removed. All others are released
   * at the end, so that no message comes twice. Ids may be behind any number of other messages.
   *
   * An empty answer is not the end: others may hide messages, and so does an answer that was lost. If SQS still counts
   * some, it is asked again. Returns what it counts then, and `undefined` if it counts none or the choice is complete.
   */
  async walk(
    { limit, ids }: DeadLetterChoice,
    take: (part: readonly Message[]) => Promise<readonly Message[]>,
  ): Promise<HiddenLetters | undefined> {
    const named = ids === undefined ? undefined : new Set(ids);
    const round = new Round();
    let left = Math.min(limit, named?.size ?? limit);
    let hidden: HiddenLetters | undefined;
    try {
      for (let empty = 0; left > 0 && empty < EMPTY_RECEIVES; ) {
        const received = await this.#receive(named === undefined ? Math.min(left, MAX_BATCH) : MAX_BATCH);
        const { fresh, taken } = round.sort(received);
        // Their first delete had no effect.
        if (taken.length > 0) await this.delete(taken);
        if (fresh.length === 0) {
          hidden = await this.countHidden(round.held.length);
          if (hidden === undefined) break;
          empty++;
          continue;
        }
        empty = 0;
        const part = await this.#takeBundlesApart(fresh);
        round.leave(fresh.filter((message) => !part.includes(message)));
        const chosen = part
          .filter((message) => named === undefined || isNamedBy(message, named))
          .slice(0, left);
        left -= chosen.length;
        round.leave(await take(chosen));
      }
    } finally {
      await this.#giveBack(round.held);
    }
    return left > 0 ? hidden : undefined;
  }

  /** The messages that nobody sees at the moment, besides those `held` here; `undefined` for none. */
  async countHidden(held = 0): Promise<HiddenLetters | undefined> {
    const { ready, delayed, leased } = await readCounts(this.#session.link, this.#record);
    const n = ready + delayed + Math.max(0, leased - held);
    return n === 0 ? undefined : { n, forMs: HIDDEN_SECONDS * 1000 };
  }

  /**
   * Bundles become single dead letters, which are received later. Returns the other messages. A bundle stays whole without
   * the right to send; a redrive then brings it to workers, which can read it.
   */
  async #takeBundlesApart(messages: readonly Message[]): Promise<readonly Message[]> {
    const apart = new Set<Message>();
    for (const message of messages) {
      const jobs = bundledMessages(message);
      if (jobs === undefined) continue;
      const answers = await this.#record.requests.send(jobs.map(bundledDeadLetter), CALL_TIMEOUT_MS);
      if (answers.every(({ status }) => status === "done")) apart.add(message);
    }
    if (apart.size > 0) await this.delete([...apart]);
    return messages.filter((message) => !apart.has(message));
  }

  /** Deletes messages. Nobody else would repeat a delete that failed, and the message would come again. */
  async delete(messages: readonly Message[]): Promise<void> {
    const receipts = messages.map(({ ReceiptHandle = "" }) => ReceiptHandle);
    await this.#record.requests.deletePatiently(receipts, CALL_TIMEOUT_MS);
  }

  async #receive(max: number): Promise<readonly Message[]> {
    const { url, fullName } = this.#record;
    const { Messages = [] } = await this.#session.link.call({
      queue: fullName,
      run: (client) =>
        client.receiveMessage({
          QueueUrl: url,
          MaxNumberOfMessages: max,
          VisibilityTimeout: HIDDEN_SECONDS,
          WaitTimeSeconds: this.#session.pace.lookSeconds,
          MessageAttributeNames: ["All"],
          MessageSystemAttributeNames: ["All"],
        }),
    });
    return Messages;
  }

  async #giveBack(messages: readonly Message[]): Promise<void> {
    const entries = messages.map(({ ReceiptHandle = "" }) => ({ ReceiptHandle, VisibilityTimeout: 0 }));
    if (entries.length > 0) await this.#record.requests.changeVisibility(entries, CALL_TIMEOUT_MS);
  }
}

/** The messages of one walk, by id. A walk may last longer than messages are hidden, and then they come again. */
class Round {
  readonly #held = new Map<string, Message>();
  readonly #left = new Set<string>();

  /** Messages that are hidden for this walk, each by its last receipt. */
  get held(): readonly Message[] {
    return [...this.#held.values()];
  }

  /** Holds received messages. `fresh`: those that have not come before. `taken`: those that had left. */
  sort(received: readonly Message[]): {
    readonly fresh: readonly Message[];
    readonly taken: readonly Message[];
  } {
    const taken = received.filter((message) => this.#left.has(idOf(message)));
    const others = received.filter((message) => !taken.includes(message));
    const fresh = others.filter((message) => !this.#held.has(idOf(message)));
    for (const message of others) this.#held.set(idOf(message), message);
    return { fresh, taken };
  }

  /** These were removed from the queue. */
  leave(messages: readonly Message[]): void {
    for (const message of messages) {
      this.#held.delete(idOf(message));
      this.#left.add(idOf(message));
    }
  }
}

function idOf({ MessageId = "" }: Message): string {
  return MessageId;
}
