import { type HistoryEvent, type HistoryStore, LATEST_EVENT, totalsOf } from "@jobs/core/broker";
import { expect } from "vitest";
import { EventMaker, type HistoryHarness, type HistoryRule, JOB } from "./history-harness.ts";

/** What a store says of all events together: their feed and their sums. */
export const FEED_RULES: readonly HistoryRule[] = [
  {
    title: "many readers of the feed lose nothing and get nothing twice while others write",
    prove: provesReaders,
  },
  { title: "the feed gives all readers the same order, and each source its own", prove: provesOrder },
  { title: "a reader of the feed can begin behind the newest event", prove: provesLatest },
  { title: "totals are what a recount of all events gives", prove: provesTotals },
  { title: "totals have each minute of their span once, and no other", prove: provesSpan },
];

const MINUTE_MS = 60_000;
const WRITERS = 3;
const BATCHES = 20;
const BATCH_EVENTS = 7;

/** The longest time until readers see an event, unless the harness says otherwise. */
const VISIBLE_MS = 5_000;

/** A reader of the feed that remembers what it got. */
class FeedReader {
  readonly seen: HistoryEvent[] = [];
  readonly #store: HistoryStore;
  readonly #limit: number;
  #cursor: string | undefined;

  constructor(store: HistoryStore, limit: number, cursor?: string) {
    this.#store = store;
    this.#limit = limit;
    this.#cursor = cursor;
  }

  get ids(): readonly string[] {
    return this.seen.map(({ eventId }) => eventId);
  }

  /** Reads until it has got `count` events, and once more. */
  async readTo(count: number, { visibleMs = VISIBLE_MS }: HistoryHarness): Promise<void> {
    await expect
      .poll(() => this.#readOn(), { interval: 1, timeout: visibleMs })
      .toBeGreaterThanOrEqual(count);
    await this.#readOn();
  }

  async #readOn(): Promise<number> {
    for (let got = this.#limit; got === this.#limit; ) {
      const page = await this.#store.events({ after: this.#cursor, limit: this.#limit });
      this.seen.push(...page.events);
      this.#cursor = page.cursor;
      got = page.events.length;
    }
    return this.seen.length;
  }
}

/** Batches of one writer: jobs of two tasks from their enqueue to their end, over some minutes. */
function batchesOf(writer: number): readonly (readonly HistoryEvent[])[] {
  const make = new EventMaker(`host:${writer}:w`);
  const error = { name: "E", message: "m" };
  return Array.from({ length: BATCHES }, (_, batch) => {
    const at = (1 + (batch % 3)) * MINUTE_MS - 4;
    const job = { id: `job-${writer}-${batch}`, task: batch % 2 ? "import" : "export", queue: "default" };
    const isLucky = batch % 4 !== 0;
    const events = [
      make.enqueued(at, job),
      make.run("job.started", at + 1, { worker: "w" }, job),
      make.run("job.failed", at + 3, { error, durationMs: 2, willRetry: true }, job),
      make.run("job.retried", at + 3, { delayMs: 0 }, job),
      make.run("job.started", at + 4, { worker: "w" }, job),
      isLucky
        ? make.run("job.succeeded", at + 6, { durationMs: 2.5 }, job)
        : make.run("job.dead", at + 6, { reason: "exhausted", error }, job),
      make.event("broker.back", at + 7, { queue: "default" }),
    ];
    return events.slice(0, BATCH_EVENTS);
  });
}

/** Several processes write at once; one batch of each comes twice. */
async function writeAll(stores: readonly HistoryStore[]): Promise<readonly HistoryEvent[]> {
  const written = await Promise.all(
    stores.map(async (store, writer) => {
      const batches = batchesOf(writer);
      for (const batch of [...batches, ...batches.slice(0, 1)]) await store.write(batch);
      return batches.flat();
    }),
  );
  return written.flat();
}

async function openWriters({ open }: HistoryHarness): Promise<readonly HistoryStore[]> {
  return Promise.all(Array.from({ length: WRITERS }, () => open()));
}

async function provesReaders(store: HistoryStore, harness: HistoryHarness): Promise<void> {
  const stores = await openWriters(harness);
  const count = WRITERS * BATCHES * BATCH_EVENTS;
  const readers = [1, 10, 1_000].map((limit) => new FeedReader(store, limit));
  const [written] = await Promise.all([
    writeAll(stores),
    ...readers.map((reader) => reader.readTo(count, harness)),
  ]);
  const expected = written.map(({ eventId }) => eventId).sort();
  for (const reader of readers) expect([...reader.ids].sort()).toEqual(expected);
  const [, first] = readers;
  expect(first?.seen.find(({ eventId }) => eventId === written[0]?.eventId)).toEqual(written[0]);
}

async function provesOrder(store: HistoryStore, harness: HistoryHarness): Promise<void> {
  const stores = await openWriters(harness);
  const { length } = await writeAll(stores);
  const readers = [3, 1_000].map((limit) => new FeedReader(store, limit));
  for (const reader of readers) await reader.readTo(length, harness);
  expect(readers[0]?.ids).toEqual(readers[1]?.ids);
  for (let writer = 0; writer < WRITERS; writer++) {
    const own = readers[0]?.seen.filter(({ source }) => source === `host:${writer}:w`).map(({ seq }) => seq);
    expect(own).toEqual([...(own ?? [])].sort((one, other) => one - other));
  }
}

async function provesLatest(store: HistoryStore, harness: HistoryHarness): Promise<void> {
  const empty = await store.events({ after: LATEST_EVENT });
  expect(empty.events).toEqual([]);
  const make = new EventMaker();
  const [first, second, third] = [
    make.enqueued(10),
    make.run("job.released", 20),
    make.run("job.released", 5),
  ];
  await store.write([first]);
  const reader = new FeedReader(store, 10, empty.cursor);
  await reader.readTo(1, harness);
  await expect
    .poll(async () => (await store.events({ after: LATEST_EVENT })).cursor, {
      timeout: harness.visibleMs ?? VISIBLE_MS,
    })
    .not.toBe(empty.cursor);
  const { events, cursor } = await store.events({ after: LATEST_EVENT });
  expect(events).toEqual([]);
  expect(await store.events({ after: cursor })).toEqual({ events: [], cursor });
  const late = new FeedReader(store, 10, cursor);
  await store.write([second, third]);
  await late.readTo(2, harness);
  expect(late.seen).toEqual([second, third]);
  await reader.readTo(3, harness);
  expect(reader.seen).toEqual([first, second, third]);
}

async function provesTotals(store: HistoryStore, harness: HistoryHarness): Promise<void> {
  const written = await writeAll(await openWriters(harness));
  const totals = await store.totals({ since: 0, until: 10 * MINUTE_MS });
  expect(totals).toEqual(totalsOf(written));
  expect(totals.reduce((sum, { started }) => sum + started, 0)).toBe(WRITERS * BATCHES * 2);
}

async function provesSpan(store: HistoryStore): Promise<void> {
  const make = new EventMaker();
  const minutes = [5, 3, 4, 7, 6, 5];
  for (const minute of minutes) await store.write([make.enqueued(minute * MINUTE_MS)]);
  await store.write([make.enqueued(5 * MINUTE_MS + 59_999, { ...JOB, queue: "a" })]);
  const totals = await store.totals({ since: 4 * MINUTE_MS, until: 7 * MINUTE_MS });
  expect(totals.map(({ minute, queue, enqueued }) => [minute / MINUTE_MS, queue, enqueued])).toEqual([
    [4, "default", 1],
    [5, "a", 1],
    [5, "default", 2],
    [6, "default", 1],
  ]);
  expect(await store.totals({ since: 8 * MINUTE_MS, until: 9 * MINUTE_MS })).toEqual([]);
}
