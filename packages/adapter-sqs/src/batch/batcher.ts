import { systemClock } from "@jobs/core/runtime";
import { MAX_BATCH } from "../capabilities.ts";

/** The most bytes of one request (limit of AWS). */
const MAX_BYTES = 1024 * 1024;

/** Concurrent requests of one kind for one queue. More do not make SQS faster, and make smaller batches. */
const MAX_IN_FLIGHT = 4;

/** One kind of batch request. */
export interface BatchKind<Entry, Answer> {
  /** Entries of a group are never in two requests at once, which could overtake each other. Default: no groups. */
  groupOf?(entry: Entry): string | undefined;
  bytesOf(entry: Entry): number;
  /** Sends the request; answer i is for entry i. It never rejects. */
  request(entries: readonly Entry[], withinMs: number): Promise<readonly Answer[]>;
  /** The answer for an entry whose time ended before it was sent. */
  late(): Answer;
}

interface Waiting<Entry, Answer> {
  readonly entry: Entry;
  readonly giveUpAt: number;
  readonly resolve: (answer: Answer) => void;
}

/**
 * Collects single entries into batches: those of one turn of the event loop go together. Several full batches are sent
 * at once, but only one that is not full. So under load the next batch fills while one is in flight. A single entry
 * does not wait.
 */
export class Batcher<Entry, Answer> {
  readonly #kind: BatchKind<Entry, Answer>;
  readonly #busyGroups = new Set<string>();
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
    while (this.#line.length > 0 && this.#inFlight < MAX_IN_FLIGHT) {
      const { batch, isFull } = this.#nextBatch();
      if (batch.length === 0 || (!isFull && this.#partial > 0)) break;
      this.#takeOut(batch);
      void this.#send(batch, isFull);
    }
  }

  #nextBatch(): { readonly batch: readonly Waiting<Entry, Answer>[]; readonly isFull: boolean } {
    const batch: Waiting<Entry, Answer>[] = [];
    let bytes = 0;
    for (const waiting of this.#line) {
      if (this.#mustWait(waiting)) continue;
      bytes += this.#kind.bytesOf(waiting.entry);
      if (batch.length > 0 && bytes > MAX_BYTES) return { batch, isFull: true };
      batch.push(waiting);
      if (batch.length === MAX_BATCH) return { batch, isFull: true };
    }
    return { batch, isFull: false };
  }

  #takeOut(batch: readonly Waiting<Entry, Answer>[]): void {
    if (this.#kind.groupOf === undefined) {
      this.#line = this.#line.slice(batch.length);
      return;
    }
    const leased = new Set(batch);
    this.#line = this.#line.filter((waiting) => !leased.has(waiting));
  }

  #mustWait({ entry }: Waiting<Entry, Answer>): boolean {
    const group = this.#kind.groupOf?.(entry);
    return group !== undefined && this.#busyGroups.has(group);
  }

  async #send(batch: readonly Waiting<Entry, Answer>[], isFull: boolean): Promise<void> {
    this.#inFlight++;
    if (!isFull) this.#partial++;
    const groups = this.#groupsOf(batch);
    for (const group of groups) this.#busyGroups.add(group);
    const firstEnd = batch.reduce(
      (first, { giveUpAt }) => Math.min(first, giveUpAt),
      Number.POSITIVE_INFINITY,
    );
    const entries = batch.map(({ entry }) => entry);
    const answers = await this.#kind.request(entries, Math.max(1, firstEnd - systemClock.monotonic()));
    this.#inFlight--;
    if (!isFull) this.#partial--;
    for (const group of groups) this.#busyGroups.delete(group);
    batch.forEach(({ resolve }, index) => {
      resolve(answers[index] as Answer);
    });
    this.#wake();
  }

  #groupsOf(batch: readonly Waiting<Entry, Answer>[]): readonly string[] {
    return batch.flatMap(({ entry }) => this.#kind.groupOf?.(entry) ?? []);
  }

  #dropLate(): void {
    const now = systemClock.monotonic();
    if (!this.#line.some(({ giveUpAt }) => giveUpAt <= now)) return;
    for (const { giveUpAt, resolve } of this.#line) if (giveUpAt <= now) resolve(this.#kind.late());
    this.#line = this.#line.filter(({ giveUpAt }) => giveUpAt > now);
  }
}
