import { createRequire } from "node:module";
import type { Connect } from "./connection.ts";
import { reusing } from "./reused-connection.ts";

interface DriverModule {
  readonly DatabaseSync: Connect;
}

/** One driver for the process, so that all brokers and stores share its connections. */
let reused: Connect | undefined;

/**
 * Node's own SQLite where it needs no flag (22.13 and later), else the package with the same API. Loaded on use, so
 * that importing this adapter is cheap. `require` takes a third of the time of an import.
 */
export async function loadDriver(): Promise<Connect> {
  const builtIn = withoutExperimentalWarning(() => process.getBuiltinModule?.("node:sqlite"));
  if (builtIn !== undefined) return (builtIn as DriverModule).DatabaseSync;
  const require = createRequire(import.meta.url);
  reused ??= reusing((require("@photostructure/sqlite") as DriverModule).DatabaseSync);
  return reused;
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
