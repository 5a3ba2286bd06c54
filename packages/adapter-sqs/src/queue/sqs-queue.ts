import type {
  BrokerQueue,
  Capabilities,
  Count,
  Diagnosis,
  OutgoingMessage,
  PeekOptions,
  PeekPage,
  QueueStats,
  QueueUse,
  RedriveOptions,
  RedriveResult,
  RemoveResult,
  RestoredMessage,
  SendResult,
  StoredMessage,
  TimedCall,
} from "@jobs/core/broker";
import type { EntryAnswer } from "../batch/entry-answer.ts";
import type { BrokerSession } from "../broker-session.ts";
import { bundledId } from "../bundle/bundle-body.ts";
import { type Packed, packMessages } from "../bundle/pack-messages.ts";
import { DeadLetterQueue } from "../dead-letter/dead-letter-queue.ts";
import { firstMessageId, storedDeadLetter } from "../dead-letter/read-dead-letter.ts";
import { moveAllLetters, redriveLetters } from "../dead-letter/redrive-dead.ts";
import { diagnoseQueue } from "../doctor/diagnose-queue.ts";
import { restoredDeadEntry, restoredEntry } from "../message/restored-entry.ts";
import { type EntryStyle, newEntry } from "../message/send-entry.ts";
import { readCounts, type StoredCounts } from "./queue-attributes.ts";
import type { QueueRecord } from "./queue-registry.ts";

/** From this number on, SQS itself moves dead letters. */
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

  async send(messages: readonly OutgoingMessage[], { timeoutMs }: TimedCall): Promise<readonly SendResult[]> {
    const style = this.#style;
    const { requests } = this.#record;
    const { jobsPerMessage } = this.#session;
    if (jobsPerMessage === 1) {
      const entries = messages.map((message) => newEntry(message, style));
      return (await requests.send(entries, timeoutMs)).map(sendResult);
    }
    const { maxMessageBytes } = this.capabilities;
    const packed = packMessages(messages, { ...style, jobsPerMessage, maxBodyBytes: maxMessageBytes });
    const answers = await requests.send(
      packed.map(({ entry }) => entry),
      timeoutMs,
    );
    return unpackAnswers(packed, answers, messages.length);
  }

  async restore(
    messages: readonly RestoredMessage[],
    { timeoutMs }: TimedCall,
  ): Promise<readonly SendResult[]> {
    const style = this.#style;
    const letters = messages.some(({ dead }) => dead !== undefined) ? await this.#deadLetters() : undefined;
    return Promise.all(
      messages.map(async (message) => {
        const { dead } = message;
        const [answer] =
          dead === undefined || letters === undefined
            ? await this.#record.requests.send([restoredEntry(message, style)], timeoutMs)
            : await letters.requests.send(
                [restoredDeadEntry({ ...message, dead }, letters.settings)],
                timeoutMs,
              );
        return sendResult(answer as EntryAnswer);
      }),
    );
  }

  async stats(): Promise<QueueStats> {
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

  /** Shows dead letters only. Each is received from the dead-letter queue, which counts it and hides it for a while. */
  async peek({ limit, id }: PeekOptions): Promise<PeekPage> {
    const found: StoredMessage[] = [];
    const letters = new DeadLetterQueue(this.#session, await this.#deadLetters());
    const ids = id === undefined ? undefined : [id];
    const hidden = await letters.walk({ limit, ids }, async (part) => {
      found.push(...part.map(storedDeadLetter));
      return [];
    });
    const messages = found.sort((one, other) => one.dueAt - other.dueAt);
    return { messages, ...(hidden && { hidden }) };
  }

  async remove(): Promise<readonly RemoveResult[]> {
    throw declaredAway("remove");
  }

  async pause(): Promise<void> {
    throw declaredAway("pause");
  }

  async resume(): Promise<void> {
    throw declaredAway("resume");
  }

  async purge(): Promise<void> {
    const { url, fullName } = this.#record;
    await this.#session.link.call({
      queue: fullName,
      run: (client) => client.purgeQueue({ QueueUrl: url }),
    });
  }

  async redrive({ limit, ids, bodies, to }: RedriveOptions): Promise<RedriveResult> {
    const dead = await this.#deadLetters();
    if (limit === 0 || ids?.length === 0) return { moved: 0 };
    const { link, queues, closed } = this.#session;
    const target = to === undefined ? this.#record : await queues.find(to);
    const letters = new DeadLetterQueue(this.#session, dead);
    if (ids === undefined && (await this.#isWorthMoving(dead, target, limit))) {
      const queue = dead.fullName;
      const move = { link, queue, from: dead.arn ?? "", to: target.arn ?? "", closed };
      const moved = await moveAllLetters(move);
      if (moved !== undefined) {
        const hidden = await letters.countHidden();
        return { moved, ...(hidden && { hidden }) };
      }
    }
    return redriveLetters(letters, { limit, ids }, { queue: target, bodies });
  }

  async takeDead(take: (part: readonly StoredMessage[]) => Promise<ReadonlySet<string>>): Promise<void> {
    const letters = new DeadLetterQueue(this.#session, await this.#deadLetters());
    await letters.walk({ limit: Number.POSITIVE_INFINITY, ids: undefined }, async (part) => {
      const chosen = await take(part.map(storedDeadLetter));
      const taken = part.filter((message) => chosen.has(firstMessageId(message)));
      if (taken.length > 0) await letters.delete(taken);
      return taken;
    });
  }

  async diagnose(use: QueueUse): Promise<readonly Diagnosis[]> {
    return diagnoseQueue(this.#session, this.#record, use);
  }

  get #style(): EntryStyle {
    return {
      isFifo: this.#record.settings.isFifo,
      maxDelaySeconds: this.#session.pace.maxDelaySeconds,
    };
  }

  /** SQS can only move all dead letters. On FIFO queues it would drop each as a repetition of its job. */
  async #isWorthMoving(dead: QueueRecord, target: QueueRecord, limit: number): Promise<boolean> {
    if (target.settings.isFifo || limit < MANY_LETTERS) return false;
    const stored = sum(await readCounts(this.#session.link, dead));
    return stored >= MANY_LETTERS && limit >= stored;
  }

  /** The dead-letter queue; core never calls this for a queue without one. */
  async #deadLetters(): Promise<QueueRecord> {
    const record = await this.#deadLetterRecord();
    if (record === undefined) throw declaredAway("dead letters");
    return record;
  }

  async #deadLetterRecord(): Promise<QueueRecord | undefined> {
    const { redriveTarget } = this.#record;
    return redriveTarget === undefined ? undefined : this.#session.queues.findTarget(redriveTarget);
  }
}

function sendResult(answer: EntryAnswer): SendResult {
  if (answer.status === "done") return { status: "sent", messageId: answer.messageId };
  if (answer.status === "failed") return { status: "failed", error: answer.error };
  throw new TypeError("a send has no receipt that could be lost");
}

/** The result of each of `count` messages. Those of one bundle have the answer for it, each with an id of its own. */
function unpackAnswers(
  packed: readonly Packed[],
  answers: readonly EntryAnswer[],
  count: number,
): readonly SendResult[] {
  const results = new Array<SendResult>(count);
  packed.forEach(({ indexes }, number) => {
    const result = sendResult(answers[number] as EntryAnswer);
    indexes.forEach((index, position) => {
      const isBundled = indexes.length > 1 && result.status === "sent";
      results[index] = isBundled ? { ...result, messageId: bundledId(result.messageId, position) } : result;
    });
  });
  return results;
}

/** Never happens: core refuses undeclared features before. */
function declaredAway(what: string): TypeError {
  return new TypeError(`sqs: ${what} is not supported by this queue`);
}

function about(n: number): Count {
  return { n, exact: false };
}

function sum({ ready, delayed, leased }: StoredCounts): number {
  return ready + delayed + leased;
}
