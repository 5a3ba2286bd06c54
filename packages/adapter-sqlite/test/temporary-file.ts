import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Connection } from "../src/driver/connection.ts";
import { loadDriver } from "../src/driver/sqlite-driver.ts";

/** The path of a database that does not exist yet, in a directory that goes when the test ends. */
export function temporaryFile(): string {
  const directory = mkdtempSync(join(tmpdir(), "jobs-sqlite-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, "jobs.db");
}

/** Runs `use` on a connection of its own, as another program would have it. */
export async function withConnection<T>(file: string, use: (connection: Connection) => T): Promise<T> {
  const connection = new (loadDriver())(file);
  try {
    return use(connection);
  } finally {
    connection.close();
  }
}
