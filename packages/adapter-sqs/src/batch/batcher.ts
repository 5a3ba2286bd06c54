import { systemClock } from "@jobs/core";
import { MAX_BATCH } from "../capabilities.ts";

/** The most bytes of one request (limit of AWS). */
const MAX_BYTES = 1024 * 1024;

/** Requests of one kind for one queue at the same time: more do not make SQS faster, and leave nothing to gather. */
const MAX_IN_FLIGHT = 4;

/** One kind of batch request. */
export interface BatchKind<Entry, Answer> {
  bytesOf(entry: Entry): number;
  /** Asks SQS; answer i is for entry i. Never rejects. */
  request(entries: readonly Entry[], withinMs: number): Promise<readonly Answer[]>;
  /** The answer for an entry whose time was over before it was its turn. */
  late(): Answer;
}

interface Waiting<Entry, Answer> {
  readonly entry: Entry;
  readonly giveUpAt: number;
  readonly resolve: (answer: Answer) => void;
}

/**
 * Gathers single entries into batches: what is asked for in one turn of the event loop travels together. Full batches
 * go a few at a time; of those that are not full one, so that under load the next gathers while it is under way. A lone
 * entry waits for nothing.
 */
export class Batcher<Entry, Answer> {
  readonly #kind: BatchKind<Entry, Answer>;
  #line: Waiting<Entry, Answer>[] = [];
  #inFlight = 0;
  #partial = 0;
  #isWoken = false;

  constructor(kind: BatchKind<Entry, Answer>) {
    this.#kind = kind;
  }

  /** Answer i is for entry i. `giveUpAt` is on the monotonic clock. */
  ask(entries: readonly Entry[], giveUpAt: number): Promise<readonly Answer[]> {
    const answers = entries.map(
      (entry) => new Promise<Answer>((resolve) => void this.#line.push({ entry, giveUpAt, resolve })),
    );
    this.#wake();
    return Promise.all(answers);
  }

  #wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    systemClock.defer(() => {
      this.#isWoken = false;
      this.#pump();
    });
  }

  #pump(): void {
    this.#dropLate();
    let from = 0;
    while (from < this.#line.length && this.#inFlight < MAX_IN_FLIGHT) {
      const { end, isFull } = this.#nextBatch(from);
      if (!isFull && this.#partial > 0) break;
      void this.#send(this.#line.slice(from, end), isFull);
      from = end;
    }
    if (from > 0) this.#line = this.#line.slice(from);
  }

  #nextBatch(from: number): { readonly end: number; readonly isFull: boolean } {
    let bytes = 0;
    let end = from;
    for (const { entry } of this.#line.slice(from, from + MAX_BATCH)) {
      bytes += this.#kind.bytesOf(entry);
      if (end > from && bytes > MAX_BYTES) return { end, isFull: true };
      end++;
    }
    return { end, isFull: end - from === MAX_BATCH };
  }

  async #send(batch: readonly Waiting<Entry, Answer>[], isFull: boolean): Promise<void> {
    this.#inFlight++;
    if (!isFull) this.#partial++;
    const firstEnd = batch.reduce(
      (first, { giveUpAt }) => Math.min(first, giveUpAt),
      Number.POSITIVE_INFINITY,
    );
    const entries = batch.map(({ entry }) => entry);
    const answers = await this.#kind.request(entries, Math.max(1, firstEnd - systemClock.monotonic()));
    this.#inFlight--;
    if (!isFull) this.#partial--;
    batch.forEach(({ resolve }, index) => {
      resolve(answers[index] as Answer);
    });
    this.#wake();
  }

  #dropLate(): void {
    const now = systemClock.monotonic();
    if (!this.#line.some(({ giveUpAt }) => giveUpAt <= now)) return;
    for (const { giveUpAt, resolve } of this.#line) if (giveUpAt <= now) resolve(this.#kind.late());
    this.#line = this.#line.filter(({ giveUpAt }) => giveUpAt > now);
  }
}
