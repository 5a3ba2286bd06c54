import type { Message } from "@aws-sdk/client-sqs";
import { CALL_TIMEOUT_MS } from "@jobs/core/broker";
import type { BrokerSession } from "../broker-session.ts";
import { MAX_BATCH } from "../capabilities.ts";
import type { QueueRecord } from "../queue/queue-registry.ts";
import { isNamedBy } from "./read-dead-letter.ts";

/** How long an inspected message is hidden from others, in seconds. It is released earlier if it stays. */
const HIDDEN_SECONDS = 60;

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
   */
  async walk(
    { limit, ids }: DeadLetterChoice,
    take: (part: readonly Message[]) => Promise<readonly Message[]>,
  ): Promise<void> {
    const named = ids === undefined ? undefined : new Set(ids);
    const untouched: Message[] = [];
    let left = Math.min(limit, named?.size ?? limit);
    try {
      while (left > 0) {
        const part = await this.#receive(named === undefined ? Math.min(left, MAX_BATCH) : MAX_BATCH);
        if (part.length === 0) return;
        const chosen = part
          .filter((message) => named === undefined || isNamedBy(message, named))
          .slice(0, left);
        left -= chosen.length;
        untouched.push(...part);
        const leased = new Set(await take(chosen));
        untouched.push(...untouched.splice(0).filter((message) => !leased.has(message)));
      }
    } finally {
      await this.#giveBack(untouched);
    }
  }

  /** Deletes messages. */
  async delete(messages: readonly Message[]): Promise<void> {
    const receipts = messages.map(({ ReceiptHandle = "" }) => ReceiptHandle);
    await this.#record.requests.delete(receipts, CALL_TIMEOUT_MS);
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
