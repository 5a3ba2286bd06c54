import { createRequire } from "node:module";
import type { Connect } from "./connection.ts";
import { reusing } from "./reused-connection.ts";

interface DriverModule {
  readonly DatabaseSync: Connect;
}

/** One for the process: what it keeps is for all. */
let reused: Connect | undefined;

/**
 * Node's own SQLite where it is there without a flag (22.13 and later), else the package with the same API.
 * Loaded on the first use, so that importing this adapter costs nothing; by `require`, which takes a third of the time
 * that the same package takes as a module.
 */
export async function loadDriver(): Promise<Connect> {
  const builtIn = withoutExperimentalWarning(() => process.getBuiltinModule?.("node:sqlite"));
  if (builtIn !== undefined) return (builtIn as DriverModule).DatabaseSync;
  const require = createRequire(import.meta.url);
  reused ??= reusing((require("@photostructure/sqlite") as DriverModule).DatabaseSync);
  return reused;
}

/** Node 22 announces on stderr that SQLite is experimental; the caller has nothing to decide about it. Other warnings pass. */
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
