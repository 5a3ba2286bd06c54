import { adminFunctions } from "./admin-functions.ts";
import { brokerTables } from "./broker-tables.ts";
import { raiseIf, replacing } from "./function-text.ts";
import { extendFunction, isCompletedFunction, leaseFunctions } from "./lease-functions.ts";
import { nextFunction } from "./next-function.ts";
import { queueFunctions, sendFunction, sendToFunction } from "./queue-functions.ts";
import { receiveFunctions } from "./receive-functions.ts";
import { restoreFunction } from "./restore-function.ts";
import { type LockedRows, settleFunctions } from "./settle-functions.ts";
import type { TableNames } from "./table-names.ts";

/** A table that a step back removes together with its rows. */
export interface RemovedTable {
  readonly table: string;
  /** What a row is, for messages. */
  readonly kind: string;
  /** SQL for their number as `count`, with `queues` for people where they are jobs. */
  readonly countQuery: string;
  /** Whether its rows are jobs, which no step may remove. Default false. */
  readonly holdsJobs?: boolean;
}

/** One step between two versions of the schema. */
export interface Migration {
  /** The statements that lead to this version. */
  up(tables: TableNames): string;
  /** The statements that lead back: the schema is then as before, and keeps all rows of its other tables. */
  down(tables: TableNames): string;
  /** The tables that `down` removes with rows of worth. Default none. */
  removes?(tables: TableNames): readonly RemovedTable[];
}

function rowsOf(table: string, kind: string, condition = "true"): RemovedTable {
  return { table, kind, countQuery: `SELECT count(*) FROM ${table} WHERE ${condition}` };
}

/** Statements that remove all functions which other statements create. */
function withoutFunctions(created: string): string {
  const names = [...created.matchAll(/CREATE FUNCTION ([^\s(]+)/g)].map(([, name]) => name);
  return names.map((name) => `DROP FUNCTION ${name};`).join("\n");
}

/**
 * Results are `json`, which stores the text unchanged. `jsonb` refuses NUL and lone surrogates, which are valid in
 * JSON.
 */
function firstTables({ results, coordination }: TableNames): string {
  return `
    CREATE TABLE ${results} (
      id text PRIMARY KEY,
      status text NOT NULL,
      result json NOT NULL,
      expires_at timestamptz
    );
    CREATE INDEX result_expiry ON ${results} (expires_at) WHERE expires_at IS NOT NULL;
    CREATE TABLE ${coordination} (
      set_name text NOT NULL,
      name text NOT NULL,
      value text NOT NULL,
      expires_at timestamptz NOT NULL,
      PRIMARY KEY (set_name, name)
    );
    CREATE INDEX mark_expiry ON ${coordination} (expires_at);
  `;
}

/** The tables of a monitor. They have no reference to results: a result may come first or never. */
function monitorTables({ monitorEvents, monitorJobs }: TableNames): string {
  return `
    CREATE TABLE ${monitorEvents} (
      event_id text PRIMARY KEY,
      at timestamptz NOT NULL,
      type text NOT NULL,
      source text NOT NULL,
      seq bigint NOT NULL,
      job text,
      data json NOT NULL
    );
    CREATE INDEX monitor_events_of_job ON ${monitorEvents} (job, at) WHERE job IS NOT NULL;
    CREATE INDEX monitor_events_by_time ON ${monitorEvents} (at);
    CREATE TABLE ${monitorJobs} (
      id text PRIMARY KEY,
      task text NOT NULL,
      queue text NOT NULL,
      state text NOT NULL,
      attempt integer,
      at timestamptz NOT NULL,
      rank integer NOT NULL,
      error text
    );
    CREATE INDEX monitor_jobs_by_state ON ${monitorJobs} (state, at);
  `;
}

/** An id may be used again: the time of the enqueue, in ms since 1970, distinguishes the uses. */
function useOfId({ results }: TableNames): string {
  return `ALTER TABLE ${results} ADD COLUMN enqueued_at bigint;`;
}

/**
 * The history takes the place of the monitor's tables, which no release has had. Names are escaped and compared byte by
 * byte. Times are in ms since 1970. `writer` is the transaction of an event: the feed shows only events below the oldest
 * running one, since a transaction with an earlier position may commit later. Lists ask for one state after the other,
 * so each of their indexes begins with equal values and ends with the order of the list.
 */
function historyTables(names: TableNames): string {
  const { historyEvents, historyJobs, historyTags, historyTotals, monitorEvents, monitorJobs } = names;
  return `
    DROP TABLE ${monitorEvents};
    DROP TABLE ${monitorJobs};
    CREATE TABLE ${historyEvents} (
      position bigint GENERATED ALWAYS AS IDENTITY,
      writer xid8 NOT NULL DEFAULT pg_current_xact_id(),
      event_id text COLLATE "C" PRIMARY KEY,
      at double precision NOT NULL,
      type text NOT NULL,
      job text COLLATE "C",
      event json NOT NULL
    );
    CREATE INDEX history_events_in_order ON ${historyEvents} (writer, position);
    CREATE INDEX history_events_of_job ON ${historyEvents} (job, at) WHERE job IS NOT NULL;
    CREATE INDEX history_events_of_no_job ON ${historyEvents} (at) WHERE job IS NULL;
    CREATE TABLE ${historyJobs} (
      id text COLLATE "C" PRIMARY KEY,
      task text COLLATE "C" NOT NULL,
      queue text COLLATE "C" NOT NULL,
      state text COLLATE "C" NOT NULL,
      at double precision NOT NULL,
      flow text COLLATE "C",
      job json NOT NULL
    );
    CREATE INDEX history_jobs_by_state ON ${historyJobs} (state, at, id);
    CREATE INDEX history_jobs_by_task ON ${historyJobs} (task, state, at, id);
    CREATE INDEX history_jobs_by_queue ON ${historyJobs} (queue, state, at, id);
    CREATE INDEX history_jobs_by_flow ON ${historyJobs} (flow, at, id) WHERE flow IS NOT NULL;
    CREATE TABLE ${historyTags} (
      tag text COLLATE "C" NOT NULL,
      at double precision NOT NULL,
      id text COLLATE "C" NOT NULL,
      PRIMARY KEY (tag, at, id)
    );
    CREATE INDEX history_tags_of_job ON ${historyTags} (id);
    CREATE TABLE ${historyTotals} (
      minute bigint NOT NULL,
      queue text COLLATE "C" NOT NULL,
      task text COLLATE "C" NOT NULL,
      enqueued bigint NOT NULL,
      started bigint NOT NULL,
      succeeded bigint NOT NULL,
      failed bigint NOT NULL,
      dead bigint NOT NULL,
      cancelled bigint NOT NULL,
      duration_ms double precision NOT NULL,
      PRIMARY KEY (minute, queue, task)
    );
  `;
}

/** Queues: their tables, and the functions that each call of the broker is one of. */
function queuesOfBroker(names: TableNames): string {
  return [
    brokerTables(names),
    queueFunctions(names),
    adminFunctions(names),
    receiveFunctions(names),
    nextFunction(names, { seesReturned: false }),
    leaseFunctions(names),
  ].join("\n");
}

/** Jobs may come until the tables are locked, so the statement that removes them checks for itself. */
function withoutQueues(names: TableNames): string {
  const { messages, queues, counts, countChanges, messageSeq } = names;
  return [
    `LOCK TABLE ${messages};`,
    raiseIf(`EXISTS (SELECT FROM ${messages})`, "jobs are stored, and would be lost"),
    withoutFunctions(queuesOfBroker(names)),
    `DROP TABLE ${messages}, ${queues}, ${counts}, ${countChanges};`,
    `DROP SEQUENCE ${messageSeq};`,
  ].join("\n");
}

/** A transaction of a program holds nobody else up, however long it is open. */
function openTransactions(names: TableNames, locked: LockedRows): string {
  const isNew = locked === "skip";
  return replacing(
    [
      settleFunctions(names, locked),
      extendFunction(names, locked),
      isCompletedFunction(names, isNew ? "NULL" : "false"),
      sendFunction(names, { endsWithoutIds: isNew }),
    ].join("\n"),
  );
}

function jobsIn({ messages, queues }: TableNames): RemovedTable {
  const byQueue = `SELECT q.name, count(*) AS n FROM ${messages} m JOIN ${queues} q ON q.id = m.queue GROUP BY q.name`;
  return {
    table: messages,
    kind: "job",
    countQuery: `SELECT coalesce(sum(n), 0) AS count, string_agg(name || ' ' || n, ', ' ORDER BY n DESC, name) AS queues FROM (${byQueue}) AS each`,
    holdsJobs: true,
  };
}

/** Entry n migrates a schema from version n to n + 1, and back. Entries are never edited, only added. */
export const MIGRATIONS: readonly Migration[] = [
  {
    up: firstTables,
    down: ({ results, coordination }) => `DROP TABLE ${results}, ${coordination};`,
    removes: ({ results, coordination }) => [
      rowsOf(results, "result", "expires_at IS NULL OR expires_at > now()"),
      rowsOf(coordination, "shared record", "expires_at > now()"),
    ],
  },
  {
    up: monitorTables,
    down: ({ monitorEvents, monitorJobs }) => `DROP TABLE ${monitorEvents}, ${monitorJobs};`,
    removes: ({ monitorJobs }) => [rowsOf(monitorJobs, "record of the monitor")],
  },
  { up: useOfId, down: ({ results }) => `ALTER TABLE ${results} DROP COLUMN enqueued_at;` },
  {
    up: historyTables,
    down: (names) => {
      const { historyEvents, historyJobs, historyTags, historyTotals } = names;
      return `DROP TABLE ${historyEvents}, ${historyJobs}, ${historyTags}, ${historyTotals};${monitorTables(names)}`;
    },
    removes: ({ historyEvents }) => [rowsOf(historyEvents, "history event")],
  },
  { up: queuesOfBroker, down: withoutQueues, removes: (names) => [jobsIn(names)] },
  { up: restoreFunction, down: (names) => withoutFunctions(restoreFunction(names)) },
  {
    up: (names) => `${openTransactions(names, "skip")}${sendToFunction(names)}`,
    down: (names) => `${openTransactions(names, "wait")}${withoutFunctions(sendToFunction(names))}`,
  },
  {
    up: (names) => replacing(nextFunction(names, { seesReturned: true })),
    down: (names) => replacing(nextFunction(names, { seesReturned: false })),
  },
];
