import { ConfigError } from "@jobs/core";
import {
  type BrokerQueue,
  type Capabilities,
  type Count,
  checkRedrive,
  type Diagnosis,
  fullQueueName,
  type OutgoingMessage,
  type PeekOptions,
  type PeekPage,
  type QueueStats,
  type QueueUse,
  type RedriveOptions,
  type RemoveResult,
  type SendResult,
  type StoredMessage,
  sendUsable,
  UnsupportedError,
} from "@jobs/core/broker";
import type { EntryAnswer } from "../batch/entry-answer.ts";
import { assertQueueOpen, type BrokerSession } from "../broker-session.ts";
import { KIND } from "../client/sqs-fault.ts";
import { diagnoseQueue } from "../doctor/diagnose-queue.ts";
import { storedDeadLetter } from "../message/dead-letter.ts";
import { newEntry } from "../message/send-entry.ts";
import { UNSTORABLE } from "../message/unstorable.ts";
import { DeadLetterQueue } from "./dead-letter-queue.ts";
import { moveAllLetters } from "./move-all-letters.ts";
import type { QueueRecord } from "./queue-registry.ts";
import { readCounts, type StoredCounts } from "./read-counts.ts";
import { redriveLetters } from "./redrive-letters.ts";

/** So many dead letters are moved by SQS itself. */
const MANY_LETTERS = 500;

/** A queue on SQS, opened for sending and administration. */
export class SqsQueue implements BrokerQueue {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly #session: BrokerSession;
  readonly #record: QueueRecord;

  constructor(session: BrokerSession, name: string, record: QueueRecord) {
    this.name = name;
    this.capabilities = record.capabilities;
    this.#session = session;
    this.#record = record;
  }

  async send(messages: readonly OutgoingMessage[]): Promise<readonly SendResult[]> {
    this.#assertOpen();
    const { capabilities, name: queue } = this;
    const destination = { broker: KIND, queue, capabilities, unstorable: UNSTORABLE };
    const style = { isFifo: this.#record.traits.isFifo, maxDelaySeconds: this.#session.pace.maxDelaySeconds };
    return sendUsable(messages, destination, async (usable) => {
      const answers = await this.#record.requests.send(usable.map((message) => newEntry(message, style)));
      return answers.map(sendResult);
    });
  }

  async stats(): Promise<QueueStats> {
    this.#assertOpen();
    const dead = await this.#deadLetterRecord();
    const [own, letters] = await Promise.all([
      readCounts(this.#session.link, this.#record),
      dead === undefined ? undefined : readCounts(this.#session.link, dead),
    ]);
    return {
      ready: about(own.ready),
      delayed: about(own.delayed),
      leased: about(own.leased),
      dead: about(letters === undefined ? 0 : sum(letters)),
      entered: { n: null, exact: false },
      oldestReadyMs: null,
      isPaused: false,
    };
  }

  /** Shows dead letters only, each counted as a receive of their own queue and hidden from others while it is looked at. */
  async peek({ state, limit, id }: PeekOptions): Promise<PeekPage> {
    this.#assertOpen();
    if (!Number.isInteger(limit) || limit < 1) {
      throw new ConfigError(`peek: limit must be a whole number above 0; got ${limit}.`);
    }
    const box = await this.#deadLetters();
    if (state !== "dead" || box === undefined)
      throw this.#unsupported("peek", "shows no messages but dead letters");
    const found: StoredMessage[] = [];
    await box.walk({ limit, ids: id === undefined ? undefined : [id] }, async (part) => {
      found.push(...part.map(storedDeadLetter));
      return [];
    });
    return { messages: found.sort((one, other) => one.dueAt - other.dueAt) };
  }

  async remove(): Promise<readonly RemoveResult[]> {
    throw this.#unsupported("remove", "cannot take out single messages");
  }

  async pause(): Promise<void> {
    throw this.#unsupported("pause", "cannot be paused");
  }

  async resume(): Promise<void> {
    throw this.#unsupported("resume", "cannot be paused");
  }

  async purge(): Promise<void> {
    this.#assertOpen();
    const { url, fullName } = this.#record;
    await this.#session.link.call({
      queue: fullName,
      run: (client) => client.purgeQueue({ QueueUrl: url }),
    });
  }

  async redrive({ limit, ids, to }: RedriveOptions): Promise<{ readonly moved: number }> {
    this.#assertOpen();
    checkRedrive({ limit });
    if (to !== undefined) fullQueueName("", to);
    const dead = await this.#deadLetterRecord();
    if (dead === undefined) throw this.#unsupported("redrive", "has no dead letters");
    if (limit === 0 || ids?.length === 0) return { moved: 0 };
    const { link, queues, closed } = this.#session;
    const target = to === undefined ? this.#record : await queues.find(to);
    if (ids === undefined && (await this.#isWorthMoving(dead, target, limit))) {
      const queue = dead.fullName;
      const move = { link, queue, from: dead.arn ?? "", to: target.arn ?? "", closed };
      const moved = await moveAllLetters(move);
      if (moved !== undefined) return { moved };
    }
    return { moved: await redriveLetters(new DeadLetterQueue(this.#session, dead), { limit, ids }, target) };
  }

  async diagnose(use: QueueUse): Promise<readonly Diagnosis[]> {
    this.#assertOpen();
    return diagnoseQueue(this.#session, this.#record, use);
  }

  /** SQS moves many at once, but only all, and on FIFO queues it would take each for a repetition of its job. */
  async #isWorthMoving(dead: QueueRecord, target: QueueRecord, limit: number): Promise<boolean> {
    if (target.traits.isFifo || limit < MANY_LETTERS) return false;
    const stored = sum(await readCounts(this.#session.link, dead));
    return stored >= MANY_LETTERS && limit >= stored;
  }

  async #deadLetters(): Promise<DeadLetterQueue | undefined> {
    const record = await this.#deadLetterRecord();
    return record === undefined ? undefined : new DeadLetterQueue(this.#session, record);
  }

  async #deadLetterRecord(): Promise<QueueRecord | undefined> {
    const { redriveTarget } = this.#record;
    return redriveTarget === undefined ? undefined : this.#session.queues.findTarget(redriveTarget);
  }

  #unsupported(feature: string, message: string): UnsupportedError {
    return new UnsupportedError({ broker: KIND, queue: this.name }, feature, message);
  }

  #assertOpen(): void {
    assertQueueOpen(this.#session.closed, this.name);
  }
}

function sendResult(answer: EntryAnswer): SendResult {
  if (answer.status === "done") return { status: "sent", messageId: answer.messageId };
  if (answer.status === "failed") return { status: "failed", error: answer.error };
  throw new TypeError("a send has no receipt that could be lost");
}

function about(n: number): Count {
  return { n, exact: false };
}

function sum({ ready, delayed, leased }: StoredCounts): number {
  return ready + delayed + leased;
}
