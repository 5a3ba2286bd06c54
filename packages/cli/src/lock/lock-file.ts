import { readFileSync, writeFileSync } from "node:fs";
import { ConfigError, readErrorText } from "@jobs/core";
import type { LockedTasks } from "./task-lock.ts";

/** The name of the file, beside the configuration. */
export const LOCK_FILE = "jobs.lock.json";

/** A change that could break a reader changes it. */
const SCHEMA = "jobs.lock/1";

/** What was locked; `undefined` without a file. @throws ConfigError for a file that is none of ours. */
export function readLock(path: string): LockedTasks | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  const { schema, tasks } = parse(text) as { readonly schema?: unknown; readonly tasks?: LockedTasks };
  if (schema === SCHEMA && typeof tasks === "object" && tasks !== null) return tasks;
  throw new ConfigError(`${LOCK_FILE} is no lock of tasks (${SCHEMA}).`, {
    hint: "Write it anew with jobs lock, and look at the difference.",
  });
}

/** Writes the lock, the same bytes for the same tasks. */
export function writeLock(path: string, tasks: LockedTasks): void {
  writeFileSync(path, `${JSON.stringify({ schema: SCHEMA, tasks }, null, 2)}\n`);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (readErrorText(error, "code") === "ENOENT") return undefined;
    throw error;
  }
}

/** Merge conflicts leave files that are no JSON. */
function parse(text: string): object {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}
