import { createRequire } from "node:module";
import { ConfigError } from "@jobs/core";
import { installCommand, readErrorText, toError } from "@jobs/core/runtime";
import type { Connect } from "./connection.ts";
import { bindingNumbers, connecting, type DatabaseClass } from "./database-sync.ts";
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

function connectBy(asked: SqliteDriver | undefined): Connect {
  const builtIn = asked === PACKAGE ? undefined : loadBuiltIn();
  if (builtIn === undefined && asked === BUILT_IN) {
    throw new ConfigError(`sqlite: Node ${process.version} has no ${BUILT_IN} without a flag.`, {
      hint: `Use Node ${FIRST_NODE} or newer, or the driver ${PACKAGE}.`,
    });
  }
  const { DatabaseSync } = builtIn ?? loadPackage();
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
