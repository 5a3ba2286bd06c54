import {
  fitsQuery,
  type HistoryQuery,
  type HistoryState,
  type HistoryStore,
  type JobRecord,
} from "@jobs/core/broker";
import { expect } from "vitest";
import { EventMaker, type HistoryHarness, type HistoryRule, listAll } from "./history-harness.ts";

/** What a store says of many jobs. */
export const LIST_RULES: readonly HistoryRule[] = [
  { title: "lists jobs by every filter and by all combinations of filters", prove: provesFilters },
  { title: "lists the latest change first, by time and id, in pages of any length", prove: provesPages },
  {
    title: "paging is stable while others write: no job twice, and no unchanged job left out",
    prove: provesStable,
  },
  { title: "refuses a page that is too long and a cursor that it does not know", prove: provesRefusals },
];

const STATES = ["enqueued", "started", "succeeded", "dead"] as const satisfies readonly HistoryState[];
const TASKS = ["import", "export"];
const QUEUES = ["default", "slow"];
const TAGS: readonly (readonly string[])[] = [
  [],
  ["customer:7"],
  ["customer:8", "customer:7"],
  ["customer:78"],
];
const COUNT = 60;

/** Writes jobs that differ in everything that a filter looks at. */
async function writeVaried(store: HistoryStore): Promise<void> {
  const make = new EventMaker();
  const events = Array.from({ length: COUNT }, (_, index) => {
    const job = {
      id: `job-${index}`,
      task: TASKS[index % 2],
      queue: QUEUES[Math.floor(index / 2) % 2],
      ...(index % 4 === 0 ? undefined : { tags: TAGS[index % TAGS.length] }),
      ...(index % 5 === 0 ? { flow: index % 3 === 0 ? "flow-0" : "flow-5" } : undefined),
    };
    // Three jobs share each moment.
    const at = 1_000 + Math.floor(index / 3);
    switch (STATES[Math.floor(index / 4) % STATES.length]) {
      case "started":
        return [make.enqueued(at - 500, job), make.run("job.started", at, { worker: "w" }, job)];
      case "succeeded":
        return [make.enqueued(at - 500, job), make.run("job.succeeded", at, { durationMs: 1 }, job)];
      case "dead":
        return [make.run("job.dead", at, { reason: "exhausted" }, job)];
      default:
        return [make.enqueued(at, job)];
    }
  });
  await store.write(events.flat());
}

async function provesFilters(store: HistoryStore): Promise<void> {
  await writeVaried(store);
  const all = await listAll(store, {});
  expect(all).toHaveLength(COUNT);
  const filters: readonly HistoryQuery[] = [
    { task: "import" },
    { queue: "slow" },
    { states: ["dead", "enqueued"] },
    { tag: "customer:7" },
    { flow: "flow-5" },
    { since: 1_003 },
    { until: 1_018 },
  ];
  for (let bits = 1; bits < 2 ** filters.length; bits++) {
    const query: HistoryQuery = Object.assign({}, ...filters.filter((_, index) => bits & (1 << index)));
    const expected = all.filter((job) => fitsQuery(job, query)).map(({ id }) => id);
    const found = await listAll(store, { ...query, limit: 7 });
    expect([JSON.stringify(query), found.map(({ id }) => id)]).toEqual([JSON.stringify(query), expected]);
  }
  for (const query of [{ tag: "customer" }, { task: "imp" }, { states: [] }]) {
    expect([query, (await store.list(query)).jobs]).toEqual([query, []]);
  }
}

async function provesPages(store: HistoryStore): Promise<void> {
  await writeVaried(store);
  const expected = [...(await listAll(store, {}))].sort(byChange).map(({ id }) => id);
  for (const limit of [1, 2, COUNT - 1, COUNT, COUNT + 1, 1_000]) {
    const found = await listAll(store, { limit });
    expect([limit, found.map(({ id }) => id)]).toEqual([limit, expected]);
  }
  expect((await store.list({ limit: COUNT })).nextCursor).toBeUndefined();
  const [newest] = (await store.list({ states: ["succeeded"], limit: 1 })).jobs;
  expect(newest).toEqual(await store.job(String(newest?.id)));
}

async function provesStable(store: HistoryStore, { open }: HistoryHarness): Promise<void> {
  await writeVaried(store);
  const make = new EventMaker("host:2:other");
  const other = await open();
  const before = await listAll(store, {});
  let changed = 0;
  const found = await listAll(store, { limit: 4 }, async () => {
    // A job that is still to come moves to the front, and a new one arrives.
    const later = before[COUNT - 1 - changed];
    changed++;
    if (later === undefined) return;
    const job = { id: later.id, task: later.task, queue: later.queue };
    await other.write([
      make.run("job.released", 5_000 + changed, {}, job),
      make.enqueued(5_000 + changed, { ...job, id: `new-${changed}` }),
    ]);
  });
  const ids = found.map(({ id }) => id);
  expect(changed).toBeGreaterThan(5);
  expect(new Set(ids).size).toBe(ids.length);
  const unchanged = before.slice(0, COUNT - changed).map(({ id }) => id);
  expect(ids.filter((id) => unchanged.includes(id))).toEqual(unchanged);
  expect(ids.filter((id) => id.startsWith("new-"))).toEqual([]);
}

async function provesRefusals(store: HistoryStore): Promise<void> {
  await writeVaried(store);
  const refused: readonly (() => Promise<unknown>)[] = [
    () => store.list({ limit: 1_001 }),
    () => store.list({ limit: 0 }),
    () => store.list({ cursor: "no cursor" }),
    () => store.list({ states: ["done" as never] }),
    () => store.events({ limit: 1_001 }),
    () => store.events({ after: "no cursor" }),
  ];
  for (const call of refused) await expect(call()).rejects.toMatchObject({ code: "invalid_config" });
}

function byChange(one: JobRecord, other: JobRecord): number {
  if (one.at !== other.at) return other.at - one.at;
  return one.id > other.id ? -1 : Number(one.id < other.id);
}
