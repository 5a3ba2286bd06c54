import {
  addTotals,
  compareTotals,
  type EventsAfter,
  type EventsPage,
  fitsQuery,
  foldEvents,
  HISTORY_PAGE,
  type HistoryEvent,
  type HistoryPage,
  type HistoryQuery,
  type HistoryRetention,
  type HistorySpan,
  type HistoryStore,
  type HistoryTotals,
  type JobRecord,
  type KeptJob,
  LATEST_EVENT,
  listCursor,
  listPosition,
  TOTALS_TTL_MS,
  totalsKey,
  totalsOf,
  unknownCursor,
  validateHistory,
} from "@jobs/core/broker";
import { type Clock, isObject, optionRules, optionsCheck, systemClock } from "@jobs/core/runtime";
import { KIND } from "./memory.ts";

/** What stores on the same memory share. Made by {@link createMemoryHistoryData}. */
export interface MemoryHistoryData {
  readonly jobs: Map<string, KeptJob>;
  /** By their number in the store, ascending. */
  readonly events: Map<number, HistoryEvent>;
  /** The numbers of a job's events. */
  readonly eventsOfJob: Map<string, number[]>;
  readonly eventIds: Set<string>;
  readonly totals: Map<string, HistoryTotals>;
  lastNumber: number;
}

/** Options of {@link createMemoryHistory}. */
export interface MemoryHistoryOptions {
  /** Decides what is old. Default: the machine's. */
  readonly clock?: Clock;
  /** The data of another store of this process. Default: none yet. */
  readonly shared?: MemoryHistoryData;
}

const checkOptions = optionsCheck<MemoryHistoryOptions>({
  clock: optionRules.clock,
  shared: {
    expected: "data made by createMemoryHistoryData",
    accepts: (value) => isObject(value) && value.eventIds instanceof Set,
  },
});

/** The data of an empty history, for several stores that share it. */
export function createMemoryHistoryData(): MemoryHistoryData {
  return {
    jobs: new Map(),
    events: new Map(),
    eventsOfJob: new Map(),
    eventIds: new Set(),
    totals: new Map(),
    lastNumber: 0,
  };
}

/**
 * A history inside this process: for tests, and for programs that look at their own jobs only.
 * @throws ConfigError for an unknown option, or one of a wrong type.
 */
export function createMemoryHistory(options: MemoryHistoryOptions = {}): HistoryStore {
  checkOptions(options, "createMemoryHistory()");
  const { clock = systemClock, shared = createMemoryHistoryData() } = options;
  return validateHistory(new MemoryHistory(clock, shared));
}

class MemoryHistory implements HistoryStore {
  readonly kind = KIND;
  readonly reach = "process";
  readonly #clock: Clock;
  readonly #data: MemoryHistoryData;

  constructor(clock: Clock, data: MemoryHistoryData) {
    this.#clock = clock;
    this.#data = data;
  }

  async write(events: readonly HistoryEvent[]): Promise<void> {
    const { jobs, totals } = this.#data;
    // A copy, which no caller can change later; it is JSON, as in the other stores.
    const fresh = events.filter((event) => this.#add(JSON.parse(JSON.stringify(event)) as HistoryEvent));
    for (const [id, kept] of foldEvents(fresh, (one) => jobs.get(one))) {
      jobs.set(id, JSON.parse(JSON.stringify(kept)) as KeptJob);
    }
    for (const added of totalsOf(fresh)) {
      const key = totalsKey(added);
      const kept = totals.get(key);
      totals.set(key, kept === undefined ? added : addTotals(kept, added));
    }
  }

  async job(id: string): Promise<JobRecord | undefined> {
    return this.#data.jobs.get(id)?.record;
  }

  async timeline(id: string): Promise<readonly HistoryEvent[]> {
    const { events, eventsOfJob } = this.#data;
    const own = (eventsOfJob.get(id) ?? []).flatMap((number) => events.get(number) ?? []);
    return own.sort((one, other) => one.at - other.at);
  }

  async list(query: HistoryQuery = {}): Promise<HistoryPage> {
    const { limit = HISTORY_PAGE, cursor } = query;
    const after = cursor === undefined ? undefined : listPosition(cursor);
    const jobs = [...this.#data.jobs.values()]
      .map(({ record }) => record)
      .filter((job) => fitsQuery(job, query) && (after === undefined || compareJobs(after, job) < 0))
      .sort(compareJobs);
    const page = jobs.slice(0, limit);
    const last = page.at(-1);
    return last === undefined || jobs.length === page.length
      ? { jobs: page }
      : { jobs: page, nextCursor: listCursor(last) };
  }

  async events({ after, limit = HISTORY_PAGE }: EventsAfter = {}): Promise<EventsPage> {
    const { events, lastNumber } = this.#data;
    if (after === LATEST_EVENT) return { events: [], cursor: String(lastNumber) };
    const start = Number(after ?? 0);
    if (!Number.isSafeInteger(start)) throw unknownCursor("the cursor of an earlier page");
    const page: [number, HistoryEvent][] = [];
    for (const entry of events) {
      if (page.length === limit) break;
      if (entry[0] > start) page.push(entry);
    }
    return { events: page.map(([, event]) => event), cursor: String(page.at(-1)?.[0] ?? start) };
  }

  async totals({ since, until }: HistorySpan): Promise<readonly HistoryTotals[]> {
    const wanted = [...this.#data.totals.values()].filter(({ minute }) => minute >= since && minute < until);
    return wanted.sort(compareTotals);
  }

  async prune({ olderThanMs, maxJobs = Number.POSITIVE_INFINITY }: HistoryRetention): Promise<number> {
    const { jobs, events, eventsOfJob, totals } = this.#data;
    const now = this.#clock.now();
    const byChange = [...jobs.values()].map(({ record }) => record).sort(compareJobs);
    const removed = byChange.filter(({ at }, index) => index >= maxJobs || at < now - olderThanMs);
    for (const { id } of removed) {
      jobs.delete(id);
      for (const number of eventsOfJob.get(id) ?? []) this.#forget(number);
      eventsOfJob.delete(id);
    }
    for (const [number, event] of events) {
      if (!("job" in event) && event.at < now - olderThanMs) this.#forget(number);
    }
    for (const [key, { minute }] of totals) {
      if (minute < now - Math.max(olderThanMs, TOTALS_TTL_MS)) totals.delete(key);
    }
    return removed.length;
  }

  async close(): Promise<void> {}

  /** Whether the event is new. */
  #add(event: HistoryEvent): boolean {
    const data = this.#data;
    if (data.eventIds.has(event.eventId)) return false;
    data.eventIds.add(event.eventId);
    data.lastNumber++;
    data.events.set(data.lastNumber, event);
    if ("job" in event) {
      const numbers = data.eventsOfJob.get(event.job.id);
      if (numbers === undefined) data.eventsOfJob.set(event.job.id, [data.lastNumber]);
      else numbers.push(data.lastNumber);
    }
    return true;
  }

  #forget(number: number): void {
    const { events, eventIds } = this.#data;
    const event = events.get(number);
    if (event !== undefined) eventIds.delete(event.eventId);
    events.delete(number);
  }
}

/** The latest change first; of the same moment the higher id. */
function compareJobs(one: Pick<JobRecord, "at" | "id">, other: Pick<JobRecord, "at" | "id">): number {
  if (one.at !== other.at) return other.at - one.at;
  return one.id > other.id ? -1 : Number(one.id < other.id);
}
