import { readdirSync, readFileSync } from "node:fs";
import { type PostgresServer, startPostgresServer } from "@jobs/test-servers";
import { Client } from "pg";
import type { MeasuredBroker } from "../../contenders/contender.ts";
import { noteVersion } from "../../harness/versions.ts";

/**
 * The same for everybody: commits wait for the disk where the client does not say otherwise, and the working set fits
 * into memory. All else is Postgres's default.
 */
const SETTINGS = {
  fsync: "on",
  synchronous_commit: "on",
  shared_buffers: "1GB",
  max_wal_size: "4GB",
  max_connections: "250",
};

/** A tick of the counters in /proc, in ms. Linux has 100 a second on all its usual machines. */
const TICK_MS = 10;

/** A Postgres for one run that reports its processor time. */
export class MeasuredPostgres implements MeasuredBroker {
  readonly target: string;
  readonly #server: PostgresServer;
  readonly #client: Client;
  readonly #pid: number;

  private constructor(server: PostgresServer, client: Client, pid: number) {
    this.target = server.url;
    this.#server = server;
    this.#client = client;
    this.#pid = pid;
  }

  static async start(): Promise<MeasuredPostgres> {
    const server = await startPostgresServer({ settings: SETTINGS });
    const client = new Client({ connectionString: server.url });
    await client.connect();
    const { rows } = await client.query<{ readonly pid: number }>("SELECT pg_backend_pid() AS pid");
    const version = await client.query<{ readonly server_version: string }>("SHOW server_version");
    noteVersion("Postgres", version.rows[0]?.server_version ?? "unknown");
    return new MeasuredPostgres(server, client, timesOf(rows[0]?.pid ?? 0).parent);
  }

  /** Processor time of all its processes since the start, in ms, also of those that have ended. */
  cpuMs(): number {
    const { own, ended } = timesOf(this.#pid);
    return processIds().reduce((sum, pid) => sum + ownMsUnder(this.#pid, pid), own + ended);
  }

  /** The size of the database, with indexes and what is not cleaned up yet. */
  async usedBytes(): Promise<number> {
    const { rows } = await this.#client.query<{ readonly size: string }>(
      "SELECT pg_database_size(current_database()) AS size",
    );
    return Number(rows[0]?.size);
  }

  /**
   * Stores `count` copies of a job that waits in `queue`, as the broker stores them, before all later jobs. Then it does
   * at once what Postgres would do in the background.
   */
  async multiply(queue: string, job: string, count: number): Promise<void> {
    await this.#client.query(
      `INSERT INTO jobs.messages (seq, at, due_at, queue, state, rank, priority, id, label, body)
      SELECT nextval('jobs.message_seq'), m.at, m.due_at, m.queue, m.state, m.rank, m.priority,
        CASE WHEN m.id = $2 THEN copy.id ELSE gen_random_uuid()::text END, m.label, replace(m.body, $2, copy.id)
      FROM jobs.messages m CROSS JOIN LATERAL (
        SELECT lpad(to_hex(n), 8, '0') || substr($2, 9) AS id FROM generate_series(1, $3::integer) AS n) AS copy
      WHERE m.queue = (SELECT q.id FROM jobs.queues q WHERE q.name = $1)`,
      [queue, job, count],
    );
    await this.#client.query(
      `INSERT INTO jobs.queue_count_changes (queue, ready, delayed, leased, dead, entered)
      SELECT q.id, $2, 0, 0, 0, $2 FROM jobs.queues q WHERE q.name = $1`,
      [queue, count],
    );
    await this.#client.query("VACUUM (ANALYZE) jobs.messages");
    await this.#client.query("CHECKPOINT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end();
    await this.#server[Symbol.asyncDispose]();
  }
}

interface ProcessTimes {
  readonly parent: number;
  readonly own: number;
  /** Of its child processes that have ended. */
  readonly ended: number;
}

/** @throws Error when the process has ended */
function timesOf(pid: number): ProcessTimes {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name before may have spaces. After it come the state and the parent, and from the twelfth on the times.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = (first: number) => (Number(fields[first]) + Number(fields[first + 1])) * TICK_MS;
  return { parent: Number(fields[1]), own: ticks(11), ended: ticks(13) };
}

function processIds(): readonly number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

/** 0 for a process of another parent, and for one that has just ended: its parent counts it then. */
function ownMsUnder(parent: number, pid: number): number {
  try {
    const times = timesOf(pid);
    return times.parent === parent ? times.own : 0;
  } catch {
    return 0;
  }
}
