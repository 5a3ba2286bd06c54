import { adminFunctions } from "./admin-functions.ts";
import { brokerTables } from "./broker-tables.ts";
import { leaseFunctions } from "./lease-functions.ts";
import { queueFunctions } from "./queue-functions.ts";
import { receiveFunctions } from "./receive-functions.ts";
import { restoreFunction } from "./restore-function.ts";
import type { TableNames } from "./table-names.ts";

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
    leaseFunctions(names),
  ].join("\n");
}

/** Entry n migrates a schema from version n to n + 1. Entries are never edited, only added. */
export const MIGRATIONS: readonly ((tables: TableNames) => string)[] = [
  firstTables,
  monitorTables,
  useOfId,
  historyTables,
  queuesOfBroker,
  restoreFunction,
];
