import { type HistoryStore, REACHES, TOTALS_TTL_MS } from "@jobs/core/broker";
import { expect } from "vitest";
import { EventMaker, type HistoryHarness, type HistoryRule, JOB, listAll } from "./history-harness.ts";

/** How a store keeps what it has, and what it forgets. */
export const STORAGE_RULES: readonly HistoryRule[] = [
  { title: "another process sees what one has written", prove: provesShared },
  { title: "forgets jobs whose latest change is too old, with their events", prove: provesAge },
  { title: "of too many jobs it forgets those with the oldest change", prove: provesCount },
  { title: "totals outlive their jobs, but not for ever", prove: provesOldTotals },
  { title: "any text comes back unchanged, and is found", prove: provesTexts },
  { title: "a damaged job gives an error that names it, and other jobs stay readable", prove: provesBroken },
  { title: "the next event of a damaged job makes it readable", prove: provesMended },
  { title: "says who sees it: this process, this machine or the network", prove: provesReach },
  { title: "refuses every call after close, and can be closed twice", prove: provesClose },
];

const HOUR_MS = 3_600_000;

async function provesShared(store: HistoryStore, { open }: HistoryHarness): Promise<void> {
  const other = await open();
  const make = new EventMaker();
  await store.write(make.done(10, JOB));
  expect(await other.job(JOB.id)).toMatchObject({ state: "succeeded" });
  expect(await other.timeline(JOB.id)).toHaveLength(3);
  expect(await other.totals({ since: 0, until: 60_000 })).toMatchObject([{ enqueued: 1, succeeded: 1 }]);
}

async function provesAge(store: HistoryStore, { time }: HistoryHarness): Promise<void> {
  const now = time.clock.now();
  const make = new EventMaker();
  await store.write([
    ...make.done(now - 5 * HOUR_MS, { ...JOB, id: "old", tags: ["t"] }),
    make.enqueued(now - 5 * HOUR_MS, { ...JOB, id: "running" }),
    make.run("job.started", now - HOUR_MS, { worker: "w" }, { ...JOB, id: "running" }),
    make.event("worker.started", now - 5 * HOUR_MS, { worker: "w", queues: ["default"] }),
    make.event("worker.stopped", now - HOUR_MS, { worker: "w", cause: "stop" }),
    ...make.done(now - HOUR_MS, { ...JOB, id: "new", tags: ["t"] }),
  ]);
  expect(await store.prune({ olderThanMs: Number.POSITIVE_INFINITY })).toBe(0);
  expect(await store.prune({ olderThanMs: 2 * HOUR_MS })).toBe(1);
  expect(await store.prune({ olderThanMs: 2 * HOUR_MS })).toBe(0);
  expect(await store.job("old")).toBeUndefined();
  expect(await store.timeline("old")).toEqual([]);
  expect((await listAll(store, { tag: "t" })).map(({ id }) => id)).toEqual(["new"]);
  expect((await listAll(store, {})).map(({ id }) => id).sort()).toEqual(["new", "running"]);
  await expect
    .poll(async () => (await store.events({ limit: 100 })).events.map(({ type }) => type), { timeout: 5_000 })
    .toEqual([
      "job.enqueued",
      "job.started",
      "worker.stopped",
      "job.enqueued",
      "job.started",
      "job.succeeded",
    ]);
  await store.write([make.run("job.released", now, {}, { ...JOB, id: "old" })]);
  expect(await store.job("old")).toMatchObject({ state: "released", tags: [] });
}

async function provesCount(store: HistoryStore, { time }: HistoryHarness): Promise<void> {
  const now = time.clock.now();
  const make = new EventMaker();
  const events = Array.from({ length: 25 }, (_, index) =>
    make.done(now - 1_000 * ((index * 7) % 25), { ...JOB, id: `job-${index}`, tags: ["t"] }),
  );
  await store.write(events.flat());
  const all = await listAll(store, {});
  const olderThanMs = HOUR_MS;
  expect(await store.prune({ olderThanMs, maxJobs: 25 })).toBe(0);
  expect(await store.prune({ olderThanMs, maxJobs: 10 })).toBe(15);
  const newest = all.slice(0, 10).map(({ id }) => id);
  expect((await listAll(store, {})).map(({ id }) => id)).toEqual(newest);
  expect((await listAll(store, { tag: "t", limit: 3 })).map(({ id }) => id)).toEqual(newest);
  expect(await store.timeline(String(all[10]?.id))).toEqual([]);
  expect(await store.timeline(String(newest[9]))).toHaveLength(3);
  expect(await store.prune({ olderThanMs, maxJobs: 0 })).toBe(10);
  expect((await store.list()).jobs).toEqual([]);
}

async function provesOldTotals(store: HistoryStore, { time }: HistoryHarness): Promise<void> {
  const now = time.clock.now();
  const make = new EventMaker();
  const ancient = now - TOTALS_TTL_MS - HOUR_MS;
  await store.write([...make.done(ancient, { ...JOB, id: "ancient" }), ...make.done(now - 2 * HOUR_MS, JOB)]);
  expect(await store.prune({ olderThanMs: HOUR_MS })).toBe(2);
  const totals = await store.totals({ since: ancient - HOUR_MS, until: now });
  expect(totals.reduce((sum, { succeeded }) => sum + succeeded, 0)).toBe(1);
  expect(totals.every(({ minute }) => minute > now - 3 * HOUR_MS)).toBe(true);
}

const TEXTS = [
  "ä€😀 \u202Eright to left",
  "NUL \u0000 and \u0001",
  "lone \uD800 surrogate",
  "\uFFFD",
  "'; DROP TABLE history_jobs; --",
  '% _ * ? [a] \\ \\u0000 "quoted"',
  "<script>alert(1)</script>",
  "\u001B[31mred\u001B[0m\r\n\u2028",
  "x".repeat(65_536),
];

async function provesTexts(store: HistoryStore): Promise<void> {
  const make = new EventMaker();
  for (const [index, text] of TEXTS.entries()) {
    const isShort = text.length < 1_000;
    const name = isShort ? text : `long-${index}`;
    const job = { id: name, task: name, queue: name, tags: [name], flow: name };
    const error = { name: text, message: text, stack: text };
    const events = [
      make.enqueued(10 + index, job, { params: { [name]: text } }),
      make.run("job.log", 20, { level: "info", message: text, fields: { text } }, job),
      make.run("job.progress", 20, { progress: { text } }, job),
      make.run("job.dead", 30 + index, { reason: "exhausted", error }, job),
    ];
    await store.write(events);
    const record = await store.job(name);
    expect(record).toMatchObject({ ...job, error: `${text}: ${text}`, progress: { text } });
    expect(record?.params).toEqual({ [name]: text });
    expect(await store.timeline(name)).toEqual(events);
    for (const query of [{ task: name }, { queue: name }, { tag: name }, { flow: name }]) {
      expect((await store.list(query)).jobs).toEqual([record]);
    }
  }
  expect((await listAll(store, { limit: 2 })).map(({ id }) => id)).toHaveLength(TEXTS.length);
  const totals = await store.totals({ since: 0, until: 60_000 });
  expect(new Set(totals.map(({ task }) => task)).size).toBe(TEXTS.length);
  expect(totals.map(({ task }) => task)).toContain(TEXTS[2]);
}

const BROKEN = ["{", "", '"text"', "null", "[]", '{"record":{"id":"job"},"order":{}}'];

async function provesBroken(store: HistoryStore, { corrupt }: HistoryHarness): Promise<void> {
  if (corrupt === undefined) return;
  const make = new EventMaker();
  const sound = { ...JOB, id: "sound", task: "sound" };
  await store.write([...make.done(10, JOB), ...make.done(20, sound)]);
  for (const text of BROKEN) {
    if (!(await corrupt(JOB.id, text))) continue;
    const refusal = { code: "unreadable_record", message: expect.stringContaining(JOB.id) };
    await expect(store.job(JOB.id)).rejects.toMatchObject(refusal);
    await expect(store.list()).rejects.toMatchObject(refusal);
  }
  expect(await store.job("sound")).toMatchObject({ state: "succeeded" });
  expect((await store.list({ task: "sound" })).jobs).toHaveLength(1);
  expect(await store.timeline(JOB.id)).toHaveLength(3);
}

async function provesMended(store: HistoryStore, { corrupt }: HistoryHarness): Promise<void> {
  if (corrupt === undefined) return;
  const make = new EventMaker();
  await store.write(make.done(10, JOB));
  for (const [index, text] of BROKEN.entries()) {
    if (!(await corrupt(JOB.id, text))) continue;
    const at = 100 + index;
    await store.write([make.run("job.started", at, { worker: "w" })]);
    expect(await store.job(JOB.id)).toMatchObject({ ...JOB, state: "started", startedAt: at });
  }
}

async function provesReach(store: HistoryStore): Promise<void> {
  expect(REACHES).toContain(store.reach);
  expect(store.kind).toMatch(/^\w/);
}

async function provesClose(store: HistoryStore): Promise<void> {
  const make = new EventMaker();
  await store.write(make.done(10, JOB));
  await store.close();
  await store.close();
  const calls = [
    () => store.write(make.done(20, JOB)),
    () => store.job(JOB.id),
    () => store.timeline(JOB.id),
    () => store.list(),
    () => store.events(),
    () => store.totals({ since: 0, until: 1 }),
    () => store.prune({ olderThanMs: 1 }),
  ];
  for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "broker_unavailable" });
}
