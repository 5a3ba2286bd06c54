import type { HistoryEvent, HistoryStore, JobRecord } from "@jobs/core/broker";
import { expect } from "vitest";
import { EventMaker, type HistoryRule, JOB } from "./history-harness.ts";

/** What a store says of one job. */
export const RECORD_RULES: readonly HistoryRule[] = [
  { title: "keeps each event once, however often it is written [T11]", prove: provesOnce },
  { title: "shows the state of a job after its latest event [T10]", prove: provesState },
  { title: "of several events with the same time the later state wins", prove: provesMoment },
  { title: "a late event does not change what later events have set [T13]", prove: provesLate },
  { title: "the order in which events arrive does not matter", prove: provesAnyOrder },
  { title: "a run is later than the enqueue of its job, whatever their clocks say", prove: provesClocks },
  { title: "nothing stays of an earlier job with the same id", prove: provesUseAgain },
  {
    title: "keeps times, worker, attempt, progress, parameters, tags and flow of a job",
    prove: provesMembers,
  },
  { title: "keeps the reason and the error of a dead job, with any text", prove: provesDeath },
  { title: "a job that is only known from its progress has been started", prove: provesUnknownStart },
  { title: "a timeline has all events of one job, the oldest first", prove: provesTimeline },
];

async function provesOnce(store: HistoryStore): Promise<void> {
  const make = new EventMaker();
  const events = [make.enqueued(10), make.run("job.progress", 20, { progress: { done: 0.5 } })];
  await store.write(events);
  await Promise.all([store.write(events), store.write([...events, make.run("job.released", 30)])]);
  expect(await store.timeline(JOB.id)).toHaveLength(3);
  const { events: all } = await store.events({ limit: 10 });
  expect(all.map(({ eventId }) => eventId)).toEqual([...new Set(all.map(({ eventId }) => eventId))]);
}

async function provesState(store: HistoryStore): Promise<void> {
  const make = new EventMaker();
  const again = { ...JOB, attempt: 2 };
  const steps: readonly (readonly [HistoryEvent, Partial<JobRecord>])[] = [
    [make.enqueued(10), { state: "enqueued", attempt: null, at: 10 }],
    [make.run("job.started", 20, { worker: "w" }), { state: "started", attempt: 1, at: 20 }],
    [make.run("job.retried", 30, { delayMs: 1 }), { state: "retried", attempt: 1, at: 30 }],
    [make.run("job.started", 40, { worker: "w" }, again), { state: "started", attempt: 2, at: 40 }],
    [make.run("job.snoozed", 50, { delayMs: 1 }, again), { state: "snoozed" }],
    [make.run("job.held", 60, { delayMs: 1, reason: "unknown_task" }, again), { state: "held" }],
    [make.run("job.released", 70, {}, again), { state: "released" }],
    [make.run("job.cancelled", 80, {}, again), { state: "cancelled", finishedAt: 80 }],
    [make.run("job.started", 90, { worker: "w" }, again), { state: "started" }],
    [make.run("job.succeeded", 100, { durationMs: 10 }, again), { state: "succeeded", finishedAt: 100 }],
  ];
  for (const [event, expected] of steps) {
    await store.write([event]);
    expect(await store.job(JOB.id)).toMatchObject({ ...JOB, ...expected });
  }
  const dead = make.run("job.dead", 110, { reason: "exhausted" }, again);
  await store.write([dead]);
  expect(await store.job(JOB.id)).toMatchObject({ state: "dead", deadReason: "exhausted" });
  await store.write([make.run("job.started", 120, { worker: "w" })]);
  const record = await store.job(JOB.id);
  expect(record).not.toHaveProperty("finishedAt");
  expect(record).not.toHaveProperty("deadReason");
}

async function provesMoment(store: HistoryStore): Promise<void> {
  const make = new EventMaker();
  await store.write([make.run("job.succeeded", 10, { durationMs: 0 })]);
  await store.write([make.run("job.started", 10, { worker: "w" })]);
  expect(await store.job(JOB.id)).toMatchObject({ state: "succeeded", startedAt: 10 });
}

async function provesLate(store: HistoryStore): Promise<void> {
  const make = new EventMaker();
  const again = { ...JOB, attempt: 2 };
  await store.write([make.run("job.succeeded", 50, { durationMs: 7 }, again)]);
  await store.write([
    make.run("job.started", 20, { worker: "w" }),
    make.run("job.failed", 30, { error: { name: "E", message: "m" }, durationMs: 5, willRetry: true }),
    make.enqueued(10),
  ]);
  expect(await store.job(JOB.id)).toMatchObject({
    state: "succeeded",
    attempt: 2,
    at: 50,
    enqueuedAt: 10,
    startedAt: 20,
    finishedAt: 50,
    durationMs: 7,
    error: "E: m",
  });
}

async function provesAnyOrder(store: HistoryStore): Promise<void> {
  const eventsOf = (id: string) => {
    const make = new EventMaker(id);
    const job = { ...JOB, id };
    const again = { ...job, attempt: 2 };
    const error = { name: "E", message: "m" };
    return [
      make.enqueued(10, job, { params: { a: 1 } }),
      make.run("job.started", 20, { worker: "one" }, job),
      make.run("job.progress", 22, { progress: 1 }, job),
      make.run("job.failed", 25, { error, durationMs: 5, willRetry: true }, job),
      make.run("job.retried", 25, { delayMs: 1 }, job),
      make.run("job.started", 30, { worker: "two" }, again),
      make.run("job.progress", 32, { progress: 2 }, again),
      make.run("job.succeeded", 40, { durationMs: 10 }, again),
    ];
  };
  const orders = [
    [0, 1, 2, 3, 4, 5, 6, 7],
    [7, 6, 5, 4, 3, 2, 1, 0],
    [4, 7, 0, 3, 6, 1, 5, 2],
    [5, 1, 7, 6, 2, 0, 4, 3],
  ];
  const records: unknown[] = [];
  for (const [index, order] of orders.entries()) {
    const id = `order-${index}`;
    const events = eventsOf(id);
    for (const at of order) await store.write(events.slice(at, at + 1));
    const { id: _id, ...record } = (await store.job(id)) ?? { id: undefined };
    records.push(record);
  }
  expect(records[0]).toMatchObject({ state: "succeeded", worker: "two", progress: 2, durationMs: 10 });
  for (const record of records) expect(record).toEqual(records[0]);
}

async function provesClocks(store: HistoryStore): Promise<void> {
  const make = new EventMaker();
  const job = { ...JOB, enqueuedAt: 1_000 };
  await store.write([make.run("job.started", 950, { worker: "w" }, job)]);
  await store.write([make.enqueued(1_000, job)]);
  expect(await store.job(JOB.id)).toMatchObject({ state: "started", startedAt: 950, enqueuedAt: 1_000 });
  await store.write([make.run("job.succeeded", 960, { durationMs: 10 }, job)]);
  expect(await store.job(JOB.id)).toMatchObject({ state: "succeeded", finishedAt: 960 });
}

async function provesUseAgain(store: HistoryStore): Promise<void> {
  const make = new EventMaker();
  const first = { ...JOB, enqueuedAt: 10, tags: ["old"] };
  const second = { ...JOB, task: "other", enqueuedAt: 100 };
  const error = { name: "E", message: "m" };
  await store.write([
    make.enqueued(10, first, { params: { a: 1 } }),
    make.run("job.started", 20, { worker: "w" }, first),
    make.run("job.dead", 30, { reason: "exhausted", error }, first),
  ]);
  await store.write([make.enqueued(100, second)]);
  const fresh = { ...JOB, task: "other", state: "enqueued", attempt: null, at: 100, enqueuedAt: 100 };
  expect(await store.job(JOB.id)).toEqual({ ...fresh, error: null, tags: [] });
  await store.write([make.run("job.succeeded", 200, { durationMs: 1 }, first)]);
  expect(await store.job(JOB.id)).toMatchObject(fresh);
  expect((await store.list({ tag: "old" })).jobs).toEqual([]);
}

async function provesMembers(store: HistoryStore): Promise<void> {
  const make = new EventMaker();
  const job = { ...JOB, tags: ["customer:7", "import"], flow: "flow-1" };
  const params = { name: "x", list: [1, null] };
  await store.write([
    make.enqueued(10, job, { params }),
    make.run("job.started", 20, { worker: "host:1:w" }, job),
    make.run("job.progress", 25, { progress: { done: 0.5 } }, job),
    make.run("job.succeeded", 30, { durationMs: 9.5 }, job),
  ]);
  expect(await store.job(JOB.id)).toEqual({
    ...job,
    state: "succeeded",
    attempt: 1,
    at: 30,
    enqueuedAt: 10,
    startedAt: 20,
    finishedAt: 30,
    durationMs: 9.5,
    error: null,
    worker: "host:1:w",
    progress: { done: 0.5 },
    params,
  });
  expect(await store.job("job-2")).toBeUndefined();
}

async function provesDeath(store: HistoryStore): Promise<void> {
  const make = new EventMaker();
  const error = { name: "Error", message: "no 'such' thing; -- ä\u0000\uD800" };
  await store.write([make.run("job.dead", 10, { reason: "exhausted", error })]);
  expect(await store.job(JOB.id)).toMatchObject({
    state: "dead",
    deadReason: "exhausted",
    error: `Error: ${error.message}`,
  });
}

async function provesUnknownStart(store: HistoryStore): Promise<void> {
  const make = new EventMaker();
  await store.write([make.run("job.progress", 20, { progress: 1 })]);
  expect(await store.job(JOB.id)).toMatchObject({ state: "started", attempt: 1, at: 20, progress: 1 });
  await store.write([make.event("worker.started", 30, { worker: "w", queues: ["default"] })]);
  expect((await store.list()).jobs).toHaveLength(1);
}

async function provesTimeline(store: HistoryStore): Promise<void> {
  const make = new EventMaker();
  const other = { ...JOB, id: "job-2" };
  const line = { level: "info", message: "half", fields: { done: 0.5 } };
  await store.write([
    make.run("job.succeeded", 50, { durationMs: 30 }),
    make.run("job.log", 30, line),
    make.run("job.log", 30, { ...line, message: "and more" }),
    make.enqueued(20, other),
  ]);
  await store.write([make.run("job.progress", 40, { progress: 1 }), make.enqueued(10)]);
  const timeline = await store.timeline(JOB.id);
  expect(timeline.map(({ at }) => at)).toEqual([10, 30, 30, 40, 50]);
  expect(timeline.map(({ type }) => type)).toEqual([
    "job.enqueued",
    "job.log",
    "job.log",
    "job.progress",
    "job.succeeded",
  ]);
  expect(timeline[1]).toMatchObject({ ...line, job: { ...JOB, attempt: 1 }, source: "host:1:me", seq: 2 });
  expect(timeline[2]).toMatchObject({ message: "and more" });
  expect(await store.timeline("job-3")).toEqual([]);
}
