import { postgres } from "@jobs/adapter-postgres";
import type { Broker } from "@jobs/core/broker";
import { startPostgresServer } from "@jobs/test-servers";
import { Client } from "pg";
import type { Criterion } from "../criteria.ts";
import { CALL_MS, type CallName, openTimedQueue, type TimedQueue } from "./timed-queue.ts";

/** The size of the experiment. */
export interface LongTransactionSize {
  /** Jobs that run while the transaction is open. */
  readonly jobs: number;
  /** Jobs in one call. */
  readonly batch: number;
  /** After this time no further part of the jobs is begun. */
  readonly minutes: number;
}

/** What is measured at one moment. Times are medians of calls with one job, in ms. */
export interface Moment {
  readonly name: string;
  readonly calls: Partial<Record<CallName, number>>;
  /** Sizes in bytes, indexes included. */
  readonly messagesBytes: number;
  readonly countChangesBytes: number;
  readonly deadRows: number;
}

/** One part of the load. Times are medians of calls with a batch, in ms. */
export interface Part {
  readonly jobs: number;
  readonly jobsPerSecond: number;
  /** The slowest call, in ms. */
  readonly slowestMs: number;
  readonly calls: Partial<Record<CallName, number>>;
}

/** The outcome of the experiment. */
export interface LongTransactionOutcome {
  readonly size: LongTransactionSize;
  readonly parts: readonly Part[];
  readonly moments: readonly Moment[];
  readonly seconds: number;
}

/** The server of the experiment. Its log reaches the disk; autovacuum runs as the tables ask for it. */
const SETTINGS = { fsync: "on", shared_buffers: "512MB", max_wal_size: "4GB", autovacuum_naptime: "5s" };

const QUEUE = "default";

/** In so many parts the load is measured. */
const PARTS = 20;

/** Single calls of each kind at one moment. */
const PROBES = 200;

/** Jobs that wait at most, so that both ends of the queue work. */
const MAX_WAITING = 20_000;

/** Jobs before the first measurement: the server has its plans, and the driver is compiled. */
const WARM_UP = 20_000;

/** How much longer a call may take beside the transaction than before it. */
const MAX_SLOWDOWN = 2;

/** A call that takes less than this is as good as any other, in ms. */
const NOTHING_MS = 1;

/** Runs jobs beside a transaction that stays open, ends it, and runs a tenth as many again. */
export async function runLongTransaction(size: LongTransactionSize): Promise<LongTransactionOutcome> {
  const startedAt = performance.now();
  await using server = await startPostgresServer({ settings: SETTINGS });
  await using queue = await openTimedQueue(brokerAt(server.url), QUEUE, "main");
  const owner = new Client({ connectionString: server.url });
  await owner.connect();
  const moments: Moment[] = [];
  const note = async (name: string, at: TimedQueue) => void moments.push(await momentOf(name, at, owner));
  const noteAll = async (name: string) => {
    await note(name, queue);
    await using another = await openTimedQueue(brokerAt(server.url), QUEUE, `another-${moments.length}`);
    await note(`${name}, a new process`, another);
  };
  try {
    await runJobs(queue, WARM_UP, size.batch);
    await owner.query("VACUUM ANALYZE jobs.messages, jobs.queue_count_changes, jobs.queue_counts");
    await noteAll("before");
    const parts = await besideLong(server.url, async () => {
      const measured = await runParts(queue, size);
      await noteAll("beside the transaction");
      return measured;
    });
    await owner.query("VACUUM jobs.messages, jobs.queue_count_changes, jobs.queue_counts");
    await noteAll("after its end");
    await runJobs(queue, Math.ceil(jobsOf(parts) / 10), size.batch);
    await noteAll("a tenth of the jobs later");
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    return { size, parts, moments, seconds };
  } finally {
    await owner.end();
  }
}

/** The jobs that were run in parts. */
export function jobsOf(parts: readonly Part[]): number {
  return parts.reduce((jobs, part) => jobs + part.jobs, 0);
}

function brokerAt(url: string): Broker {
  return postgres({ url, connection: { statement_timeout: CALL_MS, query_timeout: CALL_MS } });
}

/** Does something beside a transaction that is like a backup: it reads, and keeps what it sees until its end. */
async function besideLong<T>(url: string, work: () => Promise<T>): Promise<T> {
  const long = new Client({ connectionString: url, application_name: "long transaction" });
  await long.connect();
  try {
    await long.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await long.query("SELECT count(*) FROM jobs.queues");
    return await work();
  } finally {
    await long.end();
  }
}

async function runParts(queue: TimedQueue, size: LongTransactionSize): Promise<readonly Part[]> {
  const { jobs, batch, minutes } = size;
  const parts: Part[] = [];
  const endAt = performance.now() + minutes * 60_000;
  for (let part = 0; part < PARTS && performance.now() < endAt; part++) {
    const count = Math.floor(((part + 1) * jobs) / PARTS) - Math.floor((part * jobs) / PARTS);
    queue.times.takeMedians();
    const startedAt = performance.now();
    await runJobs(queue, count, batch);
    const jobsPerSecond = Math.round((count / (performance.now() - startedAt)) * 1_000);
    const { slowestMs } = queue.times;
    const measured = { jobs: count, jobsPerSecond, slowestMs, calls: queue.times.takeMedians() };
    parts.push(measured);
    process.stderr.write(`${JSON.stringify(measured)}\n`);
  }
  return parts;
}

/** Sends and receives at the same time. Resolves when all are acked. */
async function runJobs(queue: TimedQueue, jobs: number, batch: number): Promise<void> {
  let sent = 0;
  let taken = 0;
  const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 1));
  const send = async () => {
    while (sent < jobs) {
      if (sent - taken > MAX_WAITING) await nextTurn();
      else {
        const count = Math.min(batch, jobs - sent);
        await queue.send(count);
        sent += count;
      }
    }
  };
  const take = async () => {
    let held = await queue.next([], batch);
    while (taken < jobs) {
      taken += held.length;
      held = await queue.next(held, batch);
    }
  };
  await Promise.all([send(), take()]);
}

async function momentOf(name: string, queue: TimedQueue, owner: Client): Promise<Moment> {
  queue.times.takeMedians();
  for (let probe = 0; probe < PROBES; probe++) {
    await queue.receive(1, "empty receive");
    await queue.send(1);
    await queue.ack(await queue.receive(1));
    await queue.stats();
  }
  const { rows } = await owner.query<Record<"messages" | "changes" | "dead", string>>(`
    SELECT pg_total_relation_size('jobs.messages') AS messages,
      pg_total_relation_size('jobs.queue_count_changes') AS changes,
      pg_stat_get_dead_tuples('jobs.messages'::regclass) AS dead`);
  const [sizes] = rows;
  const moment = {
    name,
    calls: queue.times.takeMedians(),
    messagesBytes: Number(sizes?.messages),
    countChangesBytes: Number(sizes?.changes),
    deadRows: Number(sizes?.dead),
  };
  process.stderr.write(`${JSON.stringify(moment)}\n`);
  return moment;
}

/** The criteria of the experiment with the measured values. */
export function longTransactionMarks({ moments }: LongTransactionOutcome): readonly Criterion[] {
  const callsAt = (name: string) => moments.find((moment) => moment.name === name)?.calls ?? {};
  const bytesAt = (name: string) => moments.find((moment) => moment.name === name)?.messagesBytes ?? 0;
  const slowdowns = ["", ", a new process"].flatMap((who) =>
    Object.entries(callsAt(`before${who}`)).map(([call, before]) => {
      const beside = callsAt(`beside the transaction${who}`)[call as CallName] ?? Number.POSITIVE_INFINITY;
      const seen = Math.round((beside / Math.max(before, NOTHING_MS)) * 100) / 100;
      return { name: `${call}${who}: times as long as before`, seen, atMost: MAX_SLOWDOWN };
    }),
  );
  const beside = bytesAt("beside the transaction");
  const later = bytesAt("a tenth of the jobs later");
  return [
    ...slowdowns,
    { name: "growth by further jobs after its end (bytes)", seen: Math.max(0, later - beside), atMost: 0 },
  ];
}
