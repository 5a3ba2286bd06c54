import type { Statement } from "../connection/postgres-link.ts";
import type { TableNames } from "../schema/table-names.ts";

/** Statements on the tables of a monitor; all values are arrays of the same length. */
export interface MonitorStatements {
  /** Ids, times in ms, types, sources, numbers, jobs, data. */
  readonly putEvents: Statement;
  /** Ids, tasks, queues, states, attempts, times in ms, ranks, errors; no job twice. */
  readonly putJobs: Statement;
}

/** The statements for a schema. */
export function monitorStatements({ monitorEvents, monitorJobs }: TableNames): MonitorStatements {
  const momentOf = (ms: string) => `to_timestamp(${ms} / 1000.0)`;
  return {
    putEvents: {
      name: "put_events",
      text: `INSERT INTO ${monitorEvents} (event_id, at, type, source, seq, job, data)
        SELECT event_id, ${momentOf("at")}, type, source, seq, job, data
        FROM unnest($1::text[], $2::float8[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::json[])
          AS new (event_id, at, type, source, seq, job, data)
        ON CONFLICT (event_id) DO NOTHING`,
    },
    // A late event must not overwrite a later state.
    putJobs: {
      name: "put_jobs",
      text: `INSERT INTO ${monitorJobs} AS seen (id, task, queue, state, attempt, at, rank, error)
        SELECT id, task, queue, state, attempt, ${momentOf("at")}, rank, error
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::float8[], $7::int[], $8::text[])
          AS new (id, task, queue, state, attempt, at, rank, error)
        ON CONFLICT (id) DO UPDATE
        SET task = excluded.task, queue = excluded.queue, state = excluded.state,
          attempt = coalesce(excluded.attempt, seen.attempt), at = excluded.at, rank = excluded.rank,
          error = coalesce(excluded.error, seen.error)
        WHERE (excluded.at, excluded.rank) >= (seen.at, seen.rank)`,
    },
  };
}
