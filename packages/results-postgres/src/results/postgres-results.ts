import type { ResultStore } from "@jobs/core/broker";
import { readResult } from "@jobs/core/broker";
import { optionsCheck } from "@jobs/core/runtime";
import { type ConnectionOptions, STORE_RULES } from "../connection/connection-options.ts";
import { KIND } from "../connection/postgres-fault.ts";
import { PostgresLink } from "../connection/postgres-link.ts";
import { postgresCoordination } from "../coordination/postgres-coordination.ts";
import { checkTables, migrateResults } from "../schema/migrate.ts";
import { tableNames } from "../schema/table-names.ts";
import { escapeText } from "../text/escape-text.ts";
import { JointPuts } from "./joint-puts.ts";
import { resultStatements } from "./result-statements.ts";

/** Options of {@link postgresResults}. */
export interface PostgresResultsOptions extends ConnectionOptions {
  /** The schema that holds the tables. Default `jobs`. */
  readonly schema?: string;
  /**
   * Whether missing or old tables are created or updated at the first use. Default true. With `false` such tables are
   * refused: for a role without the right, or when the deployment runs `migrateResults`.
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
  const tables = tableNames(options.schema);
  const { migrate = true } = options;
  const link = new PostgresLink(options, async () => {
    await (migrate ? migrateResults(options) : checkTables(options));
  });
  const statements = resultStatements(tables, PRUNE_STEP);
  const puts = new JointPuts(link, statements.put);
  const coordination = postgresCoordination(link, tables);
  return {
    kind: KIND,
    reach: "network",
    coordination,
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
