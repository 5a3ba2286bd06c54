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

/** Entry n migrates a schema from version n to n + 1. Entries are never edited, only added. */
export const MIGRATIONS: readonly ((tables: TableNames) => string)[] = [firstTables, monitorTables, useOfId];
