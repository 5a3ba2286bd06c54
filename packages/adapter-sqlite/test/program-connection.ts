import { createRequire } from "node:module";
import type { DatabaseSync } from "../src/driver/database-sync.ts";
import { loadDriver } from "../src/driver/sqlite-driver.ts";

/** A connection as a program opens it: by the class of the driver, which this package wraps for itself. */
export function openAsProgram(file: string): DatabaseSync {
  loadDriver();
  const { DatabaseSync: Driver } = (
    hasBuiltIn()
      ? process.getBuiltinModule("node:sqlite")
      : createRequire(import.meta.url)("@photostructure/sqlite")
  ) as {
    readonly DatabaseSync: new (path: string) => DatabaseSync;
  };
  return new Driver(file);
}

function hasBuiltIn(): boolean {
  return process.getBuiltinModule?.("node:sqlite") !== undefined;
}
