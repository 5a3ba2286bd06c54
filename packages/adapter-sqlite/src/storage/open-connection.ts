import { accessSync, constants, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { BrokerUnavailableError, ConfigError } from "@jobs/core";
import type { Connect, Connection } from "../driver/connection.ts";
import { keptName } from "./database-files.ts";
import { APPLICATION_ID, MIGRATIONS, TABLES } from "./schema.ts";

/**
 * Whether a commit waits for the disk. `full` waits, so that it survives a power cut. `normal` does not, so that it
 * survives only kill -9.
 */
export type Synchronous = "full" | "normal";

/** Page size of new files, in bytes. A single send changes four pages and writes all of them into the log. */
const PAGE_BYTES = 2_048;

/** Size at which the log is moved into the file, in bytes. The reserve file is large enough for it. */
export const LOG_BYTES = 4 * 1024 * 1024;

/**
 * The log is cut to this length when it begins anew, in bytes. It is longer than its pages: each has a header, and the
 * last transaction goes on beyond them. A log that is cut within has to grow again, and each wait for the disk then
 * takes longer.
 */
export const LOG_BYTES_KEPT = 1.25 * LOG_BYTES;

/**
 * Opens the file with `synchronous = full`, checks that it is ours and migrates its schema. It is safe to repeat,
 * also when other processes do the same.
 * @throws ConfigError for a file that is not ours, is of a newer release or cannot have a write-ahead log.
 * @throws BrokerUnavailableError while the file has its temporary name. Errors of the driver come unchanged.
 */
export function openConnection(connect: Connect, path: string): Connection {
  assertInPlace(path);
  makeFolder(dirname(path));
  const connection = new connect(path);
  try {
    connection.exec(`PRAGMA busy_timeout = 0; PRAGMA page_size = ${PAGE_BYTES}`);
    assertOurs(connection, path);
    assertWriteAheadLog(connection, path);
    const logPages = LOG_BYTES / Number(pragma(connection, "page_size"));
    connection.exec(
      `PRAGMA synchronous = full; PRAGMA temp_store = memory; PRAGMA wal_autocheckpoint = ${logPages};
      PRAGMA journal_size_limit = ${LOG_BYTES_KEPT}`,
    );
    migrate(connection, path);
    assertStrict(connection, path);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * Makes a folder and those above it, one by one. Node's recursive `mkdirSync` never returns where the system makes no
 * folders but calls the parent missing, as in `/proc`. Another process may make the same folder at the same time.
 */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/** Refuses the temporary file of {@link closeUntouched}: data stored there would be lost at the next checkpoint. */
function assertInPlace(path: string): void {
  const kept = keptName(path);
  if (!existsSync(kept)) return;
  throw new BrokerUnavailableError({ broker: "sqlite" }, `${path} is kept as ${kept} for a moment.`, {
    hint: `If it stays so, a process was killed just then: rename ${kept} to ${path}. Where both are one file, delete ${kept}.`,
  });
}

/** An empty database in memory, with our tables. */
export function openEmpty(connect: Connect): Connection {
  const connection = new connect(":memory:");
  migrate(connection, ":memory:");
  return connection;
}

/** @throws the system's error when no file can be made at this path. */
export function assertCreatable(path: string): void {
  const folder = dirname(path);
  if (existsSync(folder)) {
    accessSync(folder, constants.W_OK);
    if (!statSync(folder).isDirectory()) readdirSync(folder);
  } else assertCreatable(folder);
}

/**
 * Another process may make the file at the same time. It commits tables and id together, so a file with tables has an
 * id.
 */
function assertOurs(connection: Connection, path: string): void {
  const { tables } = connection.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() as {
    tables: number;
  };
  if (tables === 0 || pragma(connection, "application_id") === APPLICATION_ID) return;
  throw new ConfigError(`sqlite: ${path} is the database of another program.`, {
    hint: "Give jobs a separate file.",
  });
}

/** A table that somebody made again may accept any type. Text instead of numbers would then fail in many places. */
function assertStrict(connection: Connection, path: string): void {
  const names = TABLES.map((name) => `'${name}'`).join(", ");
  const count = `SELECT count(*) AS strict FROM pragma_table_list WHERE schema = 'main' AND strict = 1 AND name IN (${names})`;
  const { strict } = connection.prepare(count).get() as { strict: number };
  if (strict === TABLES.length) return;
  throw new ConfigError(`sqlite: ${path} contains tables that jobs did not create.`, {
    hint: `Make ${TABLES.join(", ")} as strict tables again, or restore a copy of the file.`,
  });
}

function assertWriteAheadLog(connection: Connection, path: string): void {
  const mode = pragma(connection, "journal_mode = wal");
  if (mode === "wal") return;
  throw new ConfigError(
    `sqlite: ${path} cannot have a write-ahead log; its journal mode stays ${String(mode)}.`,
    {
      hint: "Put the file on a local disk; network file systems are not supported.",
    },
  );
}

function migrate(connection: Connection, path: string): void {
  if (schemaVersion(connection, path) === MIGRATIONS.length) return;
  connection.exec("BEGIN IMMEDIATE");
  try {
    for (const migration of MIGRATIONS.slice(schemaVersion(connection, path))) connection.exec(migration);
    connection.exec(
      `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`,
    );
  } catch (error) {
    connection.rollback();
    throw error;
  }
}

function schemaVersion(connection: Connection, path: string): number {
  const version = Number(pragma(connection, "user_version"));
  if (version <= MIGRATIONS.length) return version;
  throw new ConfigError(
    `sqlite: ${path} has schema version ${version}; this release knows up to ${MIGRATIONS.length}.`,
    {
      hint: "Update @jobs/adapter-sqlite in every process that uses the file.",
    },
  );
}

function pragma(connection: Connection, text: string): unknown {
  const row = connection.prepare(`PRAGMA ${text}`).get() as Record<string, unknown>;
  return Object.values(row)[0];
}
