import type { Diagnosis } from "./diagnosis.ts";

/** How a migration changes the tables of a store. */
export interface SchemaMigrationOptions {
  /** The version to reach, from 0 (no tables) to `newest`. Default: `newest`. */
  readonly to?: number;
  /** Whether nothing is changed, so that the answer only says what would be done. Default false. */
  readonly isDryRun?: boolean;
  /**
   * Whether a step back may remove results, the history and shared records. Default false: such a step is refused. A
   * step that would remove jobs is always refused.
   */
  readonly mayRemoveRecords?: boolean;
}

/** Stored data of one kind. */
export interface StoredRecords {
  /** One of them, for messages: `result`. */
  readonly kind: string;
  readonly count: number;
}

/** What a migration did, or would do. */
export interface SchemaMigration {
  /** The version before. */
  readonly from: number;
  /** The version after. */
  readonly to: number;
  /** What it removed. Empty unless it went back. */
  readonly removed: readonly StoredRecords[];
  /** All statements, also those of the transaction, so that they can be run as a script. Empty for nothing to do. */
  readonly statements: readonly string[];
}

/**
 * How a role uses the tables. A worker sends, receives, and writes results and the history. A producer only sends and
 * waits for results. An admin also pauses, removes, purges and redrives. A monitor writes only the history, a reader
 * reads.
 */
export type StoreAccess = "worker" | "producer" | "admin" | "monitor" | "reader";

/** The tables of a store in a database, which its owner may create in a separate step. */
export interface StoreSchema {
  /** Database and schema without a password: `db.internal:5432/shop, schema jobs`. The same name is the same tables. */
  readonly name: string;
  /** The version that this release needs. */
  readonly newest: number;
  /**
   * Creates, updates or takes back the tables, all of it or nothing.
   * @throws ConfigError for an unknown version, and for a step back that would remove jobs · AccessDeniedError ·
   * BrokerUnavailableError
   */
  migrate(options?: SchemaMigrationOptions): Promise<SchemaMigration>;
  /**
   * Statements that give a role the needed rights. Default access: `worker`.
   * @throws ConfigError for a name that no role has.
   */
  grants(role: string, access?: StoreAccess): readonly string[];
  /**
   * Checks the server, the version of the tables, and the rights of the role that asks. It creates and changes nothing.
   * The check `schema_version` is `ok` when the tables can be used.
   * @throws BrokerUnavailableError · AccessDeniedError for a refused login
   */
  diagnose(): Promise<readonly Diagnosis[]>;
}
