import { escapeText, type ResultStore, readResult } from "@jobs/core/broker";
import { optionsCheck } from "@jobs/core/runtime";
import { type ConnectionOptions, connectionSettings, STORE_RULES } from "../connection/connection-options.ts";
import { KIND } from "../connection/postgres-fault.ts";
import { PostgresLink, type Statement } from "../connection/postgres-link.ts";
import { postgresCoordination } from "../coordination/postgres-coordination.ts";
import { prepareTables } from "../schema/migrate.ts";
import { postgresSchema } from "../schema/postgres-schema.ts";
import { type TableNames, tableNames } from "../schema/table-names.ts";
import { JointPuts } from "./joint-puts.ts";

/** Statements on the table of results. */
interface ResultStatements {
  /**
   * Takes arrays of the same length: ids, states, results, times to live and times of the enqueue. Times to live are in
   * ms, `NULL` for ever; an unknown time of the enqueue is `NULL`.
   */
  readonly put: Statement;
  /** By id; returns the text of the result. */
  readonly get: Statement;
  readonly prune: Statement;
}

/** The statements for a schema. */
function resultStatements({ results }: TableNames, pruneStep: number): ResultStatements {
  return {
    // A kept success stays until another job with its id ends: a second run must not change it.
    put: {
      name: "put_results",
      text: `INSERT INTO ${results} AS kept (id, status, result, expires_at, enqueued_at)
        SELECT id, status, result, now() + ttl * interval '1 millisecond', enqueued_at
        FROM unnest($1::text[], $2::text[], $3::json[], $4::float8[], $5::bigint[])
          AS new (id, status, result, ttl, enqueued_at)
        ON CONFLICT (id) DO UPDATE
        SET status = excluded.status, result = excluded.result, expires_at = excluded.expires_at,
          enqueued_at = excluded.enqueued_at
        WHERE kept.status <> 'succeeded' OR kept.expires_at <= now()
          OR kept.enqueued_at IS DISTINCT FROM excluded.enqueued_at`,
    },
    get: {
      name: "get_result",
      text: `SELECT result::text FROM ${results} WHERE id = $1 AND (expires_at IS NULL OR expires_at > now())`,
    },
    // Two workers that prune at once skip each other's rows instead of waiting.
    prune: {
      name: "prune_results",
      text: `DELETE FROM ${results} WHERE id IN (
        SELECT id FROM ${results} WHERE expires_at <= now() ORDER BY expires_at LIMIT ${pruneStep} FOR UPDATE SKIP LOCKED)`,
    },
  };
}

/** Options of {@link postgresResults}. */
export interface PostgresResultsOptions extends ConnectionOptions {
  /** The schema that holds the tables. Default `jobs`. */
  readonly schema?: string;
  /**
   * Whether missing or old tables are created or updated at the first use. Default true. With `false` such tables are
   * refused: for a role without the right, or when the deployment runs `migrateSchema`.
   */
  readonly migrate?: boolean;
}

const checkOptions = optionsCheck<PostgresResultsOptions>(STORE_RULES);

/** Rows to remove in one statement: few enough for some ms, far below the time limit of a statement. */
const PRUNE_STEP = 2_000;

/**
 * Keeps results in Postgres, by the clock of its server. Results that arrive during a write are written together.
 * @throws ConfigError for options that cannot be used.
 */
export function postgresResults(options: PostgresResultsOptions = {}): ResultStore {
  checkOptions(options, "postgresResults()");
  const settings = connectionSettings(options);
  const tables = tableNames(settings.schema);
  const link = new PostgresLink(settings, "results store", (pool) =>
    prepareTables(pool, settings, options.migrate),
  );
  const statements = resultStatements(tables, PRUNE_STEP);
  const puts = new JointPuts(link, statements.put);
  const coordination = postgresCoordination(link, tables);
  return {
    kind: KIND,
    reach: "network",
    coordination,
    schema: postgresSchema(options),
    put: (result, ttlMs) => puts.add(result, ttlMs),
    async get(id) {
      const { rows } = await link.query<{ readonly result: string }>(statements.get, [escapeText(id)]);
      return rows[0] === undefined ? undefined : readResult(id, rows[0].result);
    },
    async prune() {
      await coordination.prune();
      for (let pruned = 0; ; ) {
        const { rowCount } = await link.query(statements.prune, []);
        pruned += rowCount ?? 0;
        if ((rowCount ?? 0) < PRUNE_STEP) return pruned;
      }
    },
    close: () => link.close(),
  };
}
