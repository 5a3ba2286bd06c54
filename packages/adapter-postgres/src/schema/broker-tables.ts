import type { TableNames } from "./table-names.ts";

/** The stored state of a message. Done messages are deleted. */
export const STATE = { ready: 0, delayed: 1, leased: 2, dead: 3 } as const;

/** Priorities 0 (normal) to 9 (first). */
export const PRIORITY_LEVELS = 10;

/** How a lease ends, as the functions get it. */
export const ACTION = { ack: 0, retry: 1, release: 2, dead: 3 } as const;

/** SQL for the rank of a message in its order. Each priority has two: returned messages wait before the others. */
export function rankOf(priority: string): string {
  return `(2 * (${PRIORITY_LEVELS - 1} - ${priority}) + 1)`;
}

/** SQL for the rank of returned messages: released ones, and those of ended leases. */
export function frontRankOf(priority: string): string {
  return `(2 * (${PRIORITY_LEVELS - 1} - ${priority}))`;
}

/** SQL for the time of the server in ms since 1970. */
export function nowMs({ schema }: TableNames): string {
  return `${schema}.now_ms()`;
}

/** SQL for a time `ms` after another, which JavaScript can represent. */
export function laterBy(nowMs: string, ms: string): string {
  return `least(${nowMs} + ceil(${ms}), ${Number.MAX_SAFE_INTEGER})::bigint`;
}

/** SQL for what a released message is numbered below its place, so that it is before the others of its rank. */
const RELEASED_OFFSET = "4611686018427387904";

/** SQL for the number that a message had before it was released. */
export const PLAIN_SEQ = `(CASE WHEN m.seq < 0 THEN m.seq + ${RELEASED_OFFSET} ELSE m.seq END)`;

/** SQL for the number of a released message. */
export const RELEASED_SEQ = `(${PLAIN_SEQ} - ${RELEASED_OFFSET})`;

/**
 * Vacuum runs by the number of dead rows, not by a share of the table: a queue makes as many dead rows as jobs. Without
 * a pause it keeps up with them.
 */
const VACUUM = `autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
      autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 100000,
      autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000,
      autovacuum_vacuum_cost_delay = 0`;

/**
 * The tables of queues. A row is written when it is sent and when it is leased, and deleted by the ack. Every state has
 * a short index of its own, and each receive reads one range of it. `seq` orders ready messages and numbers deaths.
 * `at`: since when it is ready or dead, when it is due, or when its lease ends. All times are in ms since 1970.
 * `lease` stays while a message whose lease has ended waits: its holder may still settle. `crashed` is the last lease
 * that was counted as a crash. `completed`: JSON text of the value of a job that its handler has completed. Priorities in use are the bits of `priorities`. `lows` and `looked_at` say where a new
 * process begins to look: the lowest number that may be ready, by priority, and the last time of which nothing is due.
 * `writer` is the transaction of a change. The row of queue 0 in the counts says which changes are added up. Those are the
 * ones of transactions below `folded_to` that were not `running` then.
 * Columns that may be NULL stand last: Postgres then knows where the others are in a row without reading it from its start.
 * The primary key begins with the id, so that no plan reads it by the queue alone. A plan for an empty table would do
 * that, and later read all messages of the queue.
 */
export function brokerTables(names: TableNames): string {
  const { schema, queues, messages, messageSeq, counts, countChanges } = names;
  return `
    -- Unlike now() it goes on within a transaction. extract() would give a numeric, which costs more.
    CREATE FUNCTION ${schema}.now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS
      $$ SELECT floor(date_part('epoch', clock_timestamp()) * 1000)::bigint $$;
    CREATE SEQUENCE ${messageSeq};
    CREATE TABLE ${queues} (
      id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      name text COLLATE "C" NOT NULL UNIQUE,
      is_paused boolean NOT NULL DEFAULT false,
      priorities integer NOT NULL DEFAULT 1
    ) WITH (fillfactor = 50);
    CREATE TABLE ${messages} (
      seq bigint NOT NULL,
      at bigint NOT NULL,
      due_at bigint NOT NULL,
      queue integer NOT NULL,
      deliveries integer NOT NULL DEFAULT 0,
      failures integer NOT NULL DEFAULT 0,
      crashes integer NOT NULL DEFAULT 0,
      redrives integer NOT NULL DEFAULT 0,
      state smallint NOT NULL,
      rank smallint NOT NULL,
      priority smallint NOT NULL,
      id text COLLATE "C" NOT NULL,
      label text NOT NULL,
      body text NOT NULL,
      lease bigint,
      crashed bigint,
      holder text,
      last_error text,
      dead_reason text,
      dead_error text,
      completed text,
      PRIMARY KEY (id, queue)
    ) WITH (${VACUUM}, toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 10000);
    CREATE INDEX messages_ready ON ${messages} (queue, rank, seq) WHERE state = ${STATE.ready};
    CREATE INDEX messages_delayed ON ${messages} (queue, at, seq) WHERE state = ${STATE.delayed};
    CREATE INDEX messages_leased ON ${messages} (queue, at, seq) WHERE state = ${STATE.leased};
    CREATE INDEX messages_dead ON ${messages} (queue, seq) WHERE state = ${STATE.dead};
    CREATE TABLE ${counts} (
      queue integer PRIMARY KEY,
      ready bigint NOT NULL DEFAULT 0,
      delayed bigint NOT NULL DEFAULT 0,
      leased bigint NOT NULL DEFAULT 0,
      dead bigint NOT NULL DEFAULT 0,
      entered bigint NOT NULL DEFAULT 0,
      lows bigint[] NOT NULL DEFAULT '{}',
      looked_at bigint NOT NULL DEFAULT 0,
      folded_to xid8,
      running xid8[]
    ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
    CREATE TABLE ${countChanges} (
      queue integer NOT NULL,
      ready integer NOT NULL,
      delayed integer NOT NULL,
      leased integer NOT NULL,
      dead integer NOT NULL,
      entered integer NOT NULL,
      writer xid8 NOT NULL DEFAULT pg_current_xact_id()
    ) WITH (${VACUUM});
    CREATE INDEX queue_count_changes_in_order ON ${countChanges} (writer);
  `;
}
