import { createRequire } from "node:module";
import { ConfigError } from "@jobs/core";
import { installCommand, readErrorText, toError } from "@jobs/core/runtime";
import type { Connect, Connection } from "./connection.ts";
import {
  bindByName,
  bindingNumbers,
  bindsNumbers,
  connecting,
  type DatabaseClass,
  type DatabaseSync,
} from "./database-sync.ts";
import { reusing } from "./reused-connection.ts";

export type { Connection } from "./connection.ts";

/** What each driver's module exports. */
interface DriverModule {
  readonly DatabaseSync: DatabaseClass;
}

/** The modules that bring SQLite. Both have the same interface. */
export const DRIVERS = ["node:sqlite", "@photostructure/sqlite"] as const;

/** The name of a driver: the module that is loaded. */
export type SqliteDriver = (typeof DRIVERS)[number];

const [BUILT_IN, PACKAGE] = DRIVERS;

/** The last major release of the package for Node 20. */
const PACKAGE_TO_INSTALL = `${PACKAGE}@1`;

/** The first release of Node whose SQLite needs no flag. */
const FIRST_NODE = "22.13";

/**
 * The driver of this process: asked for, or in use. A second copy of SQLite in one process would take away the file
 * locks of the first (https://www.sqlite.org/howtocorrupt.html, 2.2.1).
 */
let chosen: SqliteDriver | undefined;

let connect: Connect | undefined;

/** The driver's own class, once it is loaded. */
let database: DatabaseClass | undefined;

/**
 * Sets the driver of this process.
 * @throws ConfigError when the process uses another one, or another broker or store has asked for it.
 */
export function chooseDriver(driver: SqliteDriver): void {
  if (chosen !== undefined && chosen !== driver) {
    throw new ConfigError(`sqlite: this process already uses ${chosen}, so it cannot use ${driver} too.`, {
      hint: "Give all its brokers and stores on SQLite the same `driver`, or none.",
    });
  }
  chosen = driver;
}

/**
 * The driver of this process: the chosen one, else Node's own SQLite where it needs no flag, else the package. Loaded
 * on use, so that importing this adapter is cheap.
 * @throws ConfigError when Node has none, or the package is needed and cannot be loaded.
 */
export function loadDriver(): Connect {
  connect ??= connectBy(chosen);
  return connect;
}

/** A connection that the program itself has opened. */
export interface ForeignConnection extends Pick<Connection, "prepare" | "exec"> {
  /** Whether a transaction is open on it. */
  isInTransaction(): boolean;
}

/**
 * A connection that the program has opened with this process's driver; `undefined` for anything else. Another copy of
 * SQLite on the same file would take away the locks of ours.
 */
export function foreignConnection(opened: object): ForeignConnection | undefined {
  loadDriver();
  if (database === undefined || !(opened instanceof database)) return undefined;
  const connection: DatabaseSync = opened;
  const bindByPosition = bindsNumbers(database);
  return {
    exec: (sql) => connection.exec(sql),
    prepare: (sql) => (bindByPosition ? connection.prepare(sql) : bindByName(connection.prepare(sql), sql)),
    isInTransaction: () => connection.isTransaction ?? refusesToBegin(connection),
  };
}

/**
 * Gives a file its write-ahead log for good. A connection that was kept open takes the log away when it closes. To give
 * it again needs the file alone, and so would wait for a transaction of the program.
 */
export function keepWriteAheadLog(path: string): void {
  loadDriver();
  if (database === undefined) return;
  const connection = new database(path);
  try {
    connection.exec("PRAGMA journal_mode = wal");
  } finally {
    connection.close();
  }
}

/** Node before 22.16 does not say whether a transaction is open; within one, another cannot begin. */
function refusesToBegin(connection: DatabaseSync): boolean {
  try {
    connection.exec("BEGIN");
  } catch {
    return true;
  }
  connection.exec("ROLLBACK");
  return false;
}

function connectBy(asked: SqliteDriver | undefined): Connect {
  const builtIn = asked === PACKAGE ? undefined : loadBuiltIn();
  if (builtIn === undefined && asked === BUILT_IN) {
    throw new ConfigError(`sqlite: Node ${process.version} has no ${BUILT_IN} without a flag.`, {
      hint: `Use Node ${FIRST_NODE} or newer, or the driver ${PACKAGE}.`,
    });
  }
  const { DatabaseSync } = builtIn ?? loadPackage();
  database = DatabaseSync;
  chosen = builtIn === undefined ? PACKAGE : BUILT_IN;
  const driver = connecting(DatabaseSync);
  return builtIn === undefined ? reusing(driver) : bindingNumbers(driver);
}

function loadBuiltIn(): DriverModule | undefined {
  return withoutExperimentalWarning(() => process.getBuiltinModule?.(BUILT_IN) as DriverModule | undefined);
}

/** `require` takes a third of the time of an import. */
function loadPackage(): DriverModule {
  const require = createRequire(import.meta.url);
  try {
    return require("@photostructure/sqlite") as DriverModule;
  } catch (thrown) {
    const cause = toError(thrown);
    const isMissing = readErrorText(cause, "code") === "MODULE_NOT_FOUND";
    const reason = isMissing ? "is not installed" : "cannot be loaded";
    throw new ConfigError(`sqlite: its driver ${PACKAGE} ${reason} (Node ${process.version}).`, {
      cause,
      hint: `Install it: ${installCommand(PACKAGE_TO_INSTALL)}. Node ${FIRST_NODE} or newer needs no driver.`,
    });
  }
}

/** Hides Node 22's warning that SQLite is experimental, which users cannot act on. Other warnings pass. */
function withoutExperimentalWarning<T>(load: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] === "ExperimentalWarning" && String(warning).includes("SQLite")) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}
