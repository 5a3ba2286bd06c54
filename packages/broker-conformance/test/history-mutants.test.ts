import { createMemoryHistory, createMemoryHistoryData, type MemoryHistoryData } from "@jobs/adapter-memory";
import {
  type HistoryEvent,
  type HistoryQuery,
  type HistoryStore,
  type JobRecord,
  LATEST_EVENT,
  readKeptJob,
} from "@jobs/core/broker";
import { createVirtualClock } from "@jobs/core/testing";
import { describe, expect, it } from "vitest";
import { HISTORY_RULES } from "../src/history/describe-history.ts";
import type { HistoryHarness } from "../src/history/history-harness.ts";
import { virtualTime } from "../src/index.ts";

/** What a mutant works on: all processes share `data` and `texts`, the damaged jobs by id. */
interface Inside {
  readonly store: HistoryStore;
  readonly data: MemoryHistoryData;
  readonly texts: Map<string, string>;
}

/** A history store with one flaw. `make` replaces what it returns. */
interface HistoryMutant {
  readonly flaw: string;
  readonly make?: (inside: Inside) => Partial<HistoryStore>;
  /** Each process has a storage of its own. */
  readonly isApart?: boolean;
}

/** Writes other events than those it is given. */
function writing(flaw: string, change: (event: HistoryEvent, index: number) => object): HistoryMutant {
  return {
    flaw,
    make: ({ store }) => ({ write: (events) => store.write(events.map(change) as HistoryEvent[]) }),
  };
}

/** Changes the job of each event. */
function changingJobs(flaw: string, change: (job: object) => object): HistoryMutant {
  return writing(flaw, (event) => ("job" in event ? { ...event, job: change(event.job) } : event));
}

/** Asks for another list than it is asked for. */
function asking(flaw: string, change: (query: HistoryQuery) => HistoryQuery): HistoryMutant {
  return { flaw, make: ({ store }) => ({ list: (query = {}) => store.list(change(query)) }) };
}

/** Answers another record of each job. */
function recording(flaw: string, change: (job: JobRecord) => object): HistoryMutant {
  const changed = (job: JobRecord) => change(job) as JobRecord;
  return {
    flaw,
    make: ({ store }) => ({
      job: async (id) => {
        const job = await store.job(id);
        return job && changed(job);
      },
      list: async (query) => {
        const page = await store.list(query);
        return { ...page, jobs: page.jobs.map(changed) };
      },
    }),
  };
}

function without(...names: readonly string[]): (value: object) => object {
  return (value) => Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

let copies = 0;
const taken = new WeakMap<MemoryHistoryData, number>();

const WRITING: readonly HistoryMutant[] = [
  { flaw: "no other process sees an event", isApart: true },
  writing("an event that comes twice is kept twice", (event) => ({
    ...event,
    eventId: `${event.eventId}${copies++}`,
  })),
  writing("the event that comes last is the latest", (event) => ({ ...event, at: ++copies })),
  {
    flaw: "a late event sets the state",
    make: ({ store, data }) => ({
      async write(events) {
        await store.write(events);
        for (const event of events) {
          if (event.type !== "job.started") continue;
          const kept = data.jobs.get(event.job.id);
          if (kept !== undefined)
            data.jobs.set(event.job.id, { ...kept, record: { ...kept.record, state: "started" } });
        }
      },
    }),
  },
  changingJobs("clocks alone decide what is later, and an id has one use", without("enqueuedAt")),
  changingJobs("tags are forgotten", without("tags")),
  changingJobs("flows are forgotten", without("flow")),
  writing("parameters are forgotten", without("params")),
  writing(
    "NUL is left out",
    (event) => JSON.parse(JSON.stringify(event).replaceAll("\\u0000", "")) as object,
  ),
  writing("lone surrogates are replaced", (event) => {
    const text = JSON.stringify(event).replaceAll("\\ud800", "\ufffd");
    return JSON.parse(text) as object;
  }),
  writing("long texts are cut", (event) => {
    const text = JSON.stringify(event).replace(/x{60000,}/g, "x");
    return JSON.parse(text) as object;
  }),
  recording("a dead job has no reason", without("deadReason")),
  recording("a job that runs again is still finished", (job) => ({ ...job, finishedAt: job.at })),
  recording("errors are forgotten", (job) => ({ ...job, error: null })),
  {
    flaw: "a job without an event of its state is unknown",
    make: ({ store, data }) => ({
      job: async (id) => (data.jobs.get(id)?.order.rank === -1 ? undefined : store.job(id)),
    }),
  },
];

const READING: readonly HistoryMutant[] = [
  {
    flaw: "a timeline is in the order of arrival",
    make: ({ store, data }) => ({
      timeline: async (id) => (await store.timeline(id)) && [...data.events.values()].filter(isOf(id)),
    }),
  },
  {
    flaw: "a timeline has no lines of the log",
    make: ({ store }) => ({
      timeline: async (id) => (await store.timeline(id)).filter(({ type }) => type !== "job.log"),
    }),
  },
  ...(["task", "queue", "states", "tag", "flow", "since", "until"] as const).map((name) =>
    asking(`the filter ${name} is ignored`, (query) => ({ ...query, [name]: undefined })),
  ),
  asking("no state means any state", ({ states, ...query }) =>
    states?.length ? { ...query, states } : query,
  ),
  asking("a page ends one job early", (query) => ({
    ...query,
    limit: Math.max(1, (query.limit ?? 100) - 1),
  })),
  asking("too long a page is cut", (query) => ({ ...query, limit: Math.min(query.limit ?? 100, 1_000) })),
  asking("an unknown cursor begins anew", ({ cursor, ...query }) =>
    cursor?.includes(":") ? { ...query, cursor } : query,
  ),
  {
    flaw: "a page begins with the last job of the page before",
    make: ({ store }) => ({
      list: async (query = {}) => {
        const page = await store.list(query);
        const last = page.jobs.at(-1);
        if (page.nextCursor === undefined || last === undefined || page.jobs.length < 2) return page;
        const { at, id } = page.jobs.at(-2) ?? last;
        return { ...page, nextCursor: `${at}:${id}` };
      },
    }),
  },
  {
    flaw: "a cursor counts jobs",
    make: ({ store }) => ({
      list: async ({ cursor = "0:", limit = 100, ...query } = {}) => {
        const from = Number.parseInt(cursor, 10);
        const { jobs } = await store.list({ ...query, limit: 1_000 });
        const page = { jobs: jobs.slice(from, from + limit) };
        return from + limit < jobs.length ? { ...page, nextCursor: `${from + limit}:` } : page;
      },
    }),
  },
  {
    flaw: "the feed is taken by its first reader",
    make: ({ store, data }) => ({
      events: async ({ limit } = {}) => {
        const page = await store.events({ limit, after: String(taken.get(data) ?? 0) });
        taken.set(data, Number(page.cursor));
        return page;
      },
    }),
  },
  {
    flaw: "the feed loses what is written while it is read",
    make: ({ store, data }) => ({
      events: async (from) => {
        const page = await store.events(from);
        return page.events.length === 0 ? page : { ...page, cursor: String(data.lastNumber) };
      },
    }),
  },
  {
    flaw: "the feed gives the last event again",
    make: ({ store }) => ({
      events: async (from) => {
        const page = await store.events(from);
        return page.events.length < 2 ? page : { ...page, cursor: String(Number(page.cursor) - 1) };
      },
    }),
  },
  {
    flaw: "the feed is sorted by time",
    make: ({ store }) => ({
      events: async (from) => {
        const page = await store.events(from);
        return { ...page, events: [...page.events].sort((one, other) => one.at - other.at) };
      },
    }),
  },
  {
    flaw: "the latest position is the first",
    make: ({ store }) => ({
      events: async (from = {}) =>
        from.after === LATEST_EVENT ? { events: [], cursor: "0" } : store.events(from),
    }),
  },
];

const KEEPING: readonly HistoryMutant[] = [
  {
    flaw: "totals count each write",
    make: ({ store }) => {
      let again = 0;
      return {
        async write(events) {
          again += events.length;
          await store.write(events);
        },
        totals: async (span) =>
          (await store.totals(span)).map((sum, index) => (index === 0 ? { ...sum, started: again } : sum)),
      };
    },
  },
  {
    flaw: "totals have the minute behind their span",
    make: ({ store }) => ({ totals: ({ since, until }) => store.totals({ since, until: until + 1 }) }),
  },
  {
    flaw: "totals are not sorted",
    make: ({ store }) => ({ totals: async (span) => [...(await store.totals(span))].reverse() }),
  },
  {
    flaw: "totals go with their jobs",
    make: ({ store, data }) => ({
      async prune(retention) {
        const removed = await store.prune(retention);
        if (removed > 0) data.totals.clear();
        return removed;
      },
    }),
  },
  {
    flaw: "totals stay for ever",
    make: ({ store, data }) => ({
      async prune(retention) {
        const kept = [...data.totals];
        const removed = await store.prune(retention);
        for (const [key, sum] of kept) data.totals.set(key, sum);
        return removed;
      },
    }),
  },
  {
    flaw: "age alone decides what is forgotten",
    make: ({ store }) => ({ prune: ({ olderThanMs }) => store.prune({ olderThanMs }) }),
  },
  {
    flaw: "the number alone decides what is forgotten",
    make: ({ store }) => ({
      prune: (retention) => store.prune({ ...retention, olderThanMs: Number.POSITIVE_INFINITY }),
    }),
  },
  {
    flaw: "the events of a forgotten job stay",
    make: ({ store, data }) => ({
      async prune(retention) {
        const [events, ofJob] = [[...data.events], [...data.eventsOfJob]];
        const removed = await store.prune(retention);
        for (const [number, event] of events) data.events.set(number, event);
        for (const [id, numbers] of ofJob) data.eventsOfJob.set(id, numbers);
        return removed;
      },
    }),
  },
  {
    flaw: "a damaged job is taken for none",
    make: ({ store, texts }) => ({
      job: async (id) => (texts.has(id) ? undefined : store.job(id)),
      list: (query) => store.list(query),
    }),
  },
  {
    flaw: "a damaged job stays damaged",
    make: ({ store }) => ({ write: (events) => store.write(events) }),
  },
  { flaw: "nobody knows who sees it", make: () => ({ reach: "world" as never }) },
  { flaw: "a closed store goes on", make: () => ({ close: async () => {} }) },
  {
    flaw: "closing twice fails",
    make: ({ store }) => {
      let closes = 0;
      return {
        async close() {
          if (closes++ > 0) throw new Error("closed already");
          await store.close();
        },
      };
    },
  },
];

const isOf = (id: string) => (event: HistoryEvent) => "job" in event && event.job.id === id;

function createFaultyHarness({ make, isApart = false }: HistoryMutant): HistoryHarness {
  const clock = createVirtualClock();
  const common = createMemoryHistoryData();
  const texts = new Map<string, string>();
  return {
    time: virtualTime(clock),
    visibleMs: 200,
    open() {
      const data = isApart ? createMemoryHistoryData() : common;
      const store = createMemoryHistory({ clock, shared: data });
      const assertWhole = (id: string) => {
        const text = texts.get(id);
        if (text !== undefined) readKeptJob(id, text);
      };
      const sound: HistoryStore = {
        ...store,
        async write(events) {
          await store.write(events);
          for (const event of events) if ("job" in event) texts.delete(event.job.id);
        },
        async job(id) {
          assertWhole(id);
          return store.job(id);
        },
        async list(query) {
          const page = await store.list(query);
          for (const { id } of page.jobs) assertWhole(id);
          return page;
        },
      };
      return { ...sound, ...make?.({ store, data, texts }) };
    },
    async corrupt(id, text) {
      texts.set(id, text);
      return true;
    },
    dispose() {},
  };
}

async function brokenRules(mutant: HistoryMutant): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const { title, prove } of HISTORY_RULES) {
    const harness = createFaultyHarness(mutant);
    await prove(await harness.open(), harness).catch(() => broken.push(title));
  }
  return broken;
}

describe("the kit of history stores finds flaws", () => {
  const everBroken = new Set<string>();

  it.each([...WRITING, ...READING, ...KEEPING])(
    "finds that $flaw",
    async (mutant) => {
      const broken = await brokenRules(mutant);
      for (const title of broken) everBroken.add(title);
      expect(broken).not.toEqual([]);
    },
    60_000,
  );

  it("has no rule that every mutant keeps", () => {
    expect(HISTORY_RULES.map(({ title }) => title).filter((title) => !everBroken.has(title))).toEqual([]);
  });

  it("finds nothing wrong with the sound store, wrapped in the same way", async () => {
    expect(await brokenRules({ flaw: "none" })).toEqual([]);
  });
});
