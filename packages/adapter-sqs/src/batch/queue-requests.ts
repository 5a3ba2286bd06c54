import type { SQS } from "@aws-sdk/client-sqs";
import { isJobsError } from "@jobs/core";
import { sleep, systemClock } from "@jobs/core/runtime";
import type { SqsLink } from "../client/sqs-link.ts";
import type { SendEntry } from "../message/send-entry.ts";
import { Batcher } from "./batcher.ts";
import { allFailed, answersOf, type BatchOutcome, type EntryAnswer, tooLate } from "./entry-answer.ts";

/** A new visibility timeout for one receipt. */
export interface VisibilityEntry {
  readonly ReceiptHandle: string;
  readonly VisibilityTimeout: number;
}

/** The target of requests. */
export interface RequestTarget {
  readonly link: SqsLink;
  readonly url: string;
  /** Full name, for errors. */
  readonly queue: string;
  readonly isFifo: boolean;
}

type BatchCall = (client: SQS) => Promise<BatchOutcome>;

/** Batch requests to one queue, collected from all its users. Each entry has its answer within its `timeoutMs`. */
export class QueueRequests {
  readonly #target: RequestTarget;
  readonly #sends: Batcher<SendEntry, EntryAnswer>;
  readonly #deletes: Batcher<string, EntryAnswer>;
  readonly #visibilities: Batcher<VisibilityEntry, EntryAnswer>;

  constructor(target: RequestTarget) {
    this.#target = target;
    this.#sends = this.#batcher(target.isFifo ? ORDERED_SENDS : SENDS, (url, entries) => {
      const Entries = entries.map(({ fields }, index) => ({ Id: String(index), ...fields }));
      return (client) => client.sendMessageBatch({ QueueUrl: url, Entries });
    });
    this.#deletes = this.#batcher({ bytesOf: (receipt) => receipt.length }, (url, receipts) => {
      const Entries = receipts.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
      return (client) => client.deleteMessageBatch({ QueueUrl: url, Entries });
    });
    this.#visibilities = this.#batcher(
      { bytesOf: ({ ReceiptHandle }) => ReceiptHandle.length },
      (url, entries) => {
        const Entries = entries.map((entry, index) => ({ Id: String(index), ...entry }));
        return (client) => client.changeMessageVisibilityBatch({ QueueUrl: url, Entries });
      },
    );
  }

  /**
   * Sends, and repeats only failed entries while there is time. On a FIFO queue the rest of a group waits for them.
   * Answer i is for entry i.
   */
  send(entries: readonly SendEntry[], timeoutMs: number): Promise<readonly EntryAnswer[]> {
    const giveUpAt = systemClock.monotonic() + timeoutMs;
    const ask = (asked: readonly SendEntry[]) => this.#sends.ask(asked, giveUpAt);
    return this.#target.isFifo ? ask(entries) : retryFailedEntries(entries, giveUpAt, ask);
  }

  /** Deletes once, since the holder of a lease retries while it lasts. */
  delete(receipts: readonly string[], timeoutMs: number): Promise<readonly EntryAnswer[]> {
    return this.#deletes.ask(receipts, systemClock.monotonic() + timeoutMs);
  }

  /** Deletes, and repeats failed entries while there is time, for callers without a lease that is kept. */
  deletePatiently(receipts: readonly string[], timeoutMs: number): Promise<readonly EntryAnswer[]> {
    const giveUpAt = systemClock.monotonic() + timeoutMs;
    return retryFailedEntries(receipts, giveUpAt, (asked) => this.#deletes.ask(asked, giveUpAt));
  }

  /** Changes visibility once. */
  changeVisibility(entries: readonly VisibilityEntry[], timeoutMs: number): Promise<readonly EntryAnswer[]> {
    return this.#visibilities.ask(entries, systemClock.monotonic() + timeoutMs);
  }

  #batcher<Entry>(
    { bytesOf, groupOf, isSend = false }: BatchStyle<Entry>,
    callOf: (url: string, entries: readonly Entry[]) => BatchCall,
  ): Batcher<Entry, EntryAnswer> {
    const { link, url, queue, isFifo } = this.#target;
    const request = async (entries: readonly Entry[], withinMs: number) => {
      try {
        const outcome = await link.call({ queue, isSend, withinMs, run: callOf(url, entries) });
        return answersOf(outcome, { count: entries.length, queue, isSend });
      } catch (error) {
        if (!isJobsError(error)) throw error;
        return allFailed(error, entries.length, !isSend || isFifo);
      }
    };
    const requestPatiently = (entries: readonly Entry[], withinMs: number) => {
      const giveUpAt = systemClock.monotonic() + withinMs;
      const leftMs = () => Math.max(1, giveUpAt - systemClock.monotonic());
      return retryFailedEntries(entries, giveUpAt, (asked) => request(asked, leftMs()));
    };
    return new Batcher<Entry, EntryAnswer>({
      bytesOf,
      late: () => tooLate(queue),
      ...(groupOf === undefined ? { request } : { groupOf, request: requestPatiently }),
    });
  }
}

interface BatchStyle<Entry> {
  bytesOf(entry: Entry): number;
  /** Entries of a group stay in order: failed ones are repeated before the rest of the group. */
  groupOf?(entry: Entry): string | undefined;
  readonly isSend?: boolean;
}

const SENDS: BatchStyle<SendEntry> = { bytesOf: ({ bytes }) => bytes, isSend: true };

const ORDERED_SENDS: BatchStyle<SendEntry> = { ...SENDS, groupOf: ({ fields }) => fields.MessageGroupId };

/** The first pause before failed entries are sent again, in ms; it doubles, with jitter. */
const FIRST_PAUSE_MS = 50;

/** The longest of these pauses, in ms, since the time is short. */
const MAX_PAUSE_MS = 400;

/** With less time left there is no retry, in ms: a retry without an answer would hide a clear refusal. */
const LEAST_MS = 1_000;

/** Repeats failed entries that may be repeated, until they succeed or the time is over. Answer i is for entry i. */
async function retryFailedEntries<Entry>(
  entries: readonly Entry[],
  giveUpAt: number,
  ask: (entries: readonly Entry[]) => Promise<readonly EntryAnswer[]>,
): Promise<readonly EntryAnswer[]> {
  const answers: EntryAnswer[] = [];
  let open = [...entries.keys()];
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    const got = await ask(open.map((index) => entries[index] as Entry));
    open.forEach((index, position) => {
      answers[index] = got[position] as EntryAnswer;
    });
    open = open.filter((index) => isRepeatable(answers[index]));
    const jittered = pauseMs * (0.5 + Math.random());
    if (open.length === 0 || systemClock.monotonic() + jittered + LEAST_MS > giveUpAt) return answers;
    await sleep(systemClock, jittered);
  }
}

function isRepeatable(answer: EntryAnswer | undefined): boolean {
  return answer?.status === "failed" && answer.mayRepeat;
}
