import { lstatSync, writeFileSync } from "node:fs";
import { ConfigError } from "@jobs/core";
import { readJson } from "../input/read-json.ts";
import { readTextFileSync } from "../input/read-text.ts";
import type { LockedTasks } from "./task-lock.ts";

/** The name of the file, beside the configuration. */
export const LOCK_FILE = "jobs.lock.json";

/** Version of the format. It changes when a reader could break. */
const SCHEMA = "jobs.lock/1";

/** The locked tasks; `undefined` without a file. @throws ConfigError for a file in another format. */
export function readLock(path: string): LockedTasks | undefined {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  const read = readTextFileSync(path);
  if (read.status === "refused") {
    throw new ConfigError(`${LOCK_FILE} cannot be read: ${read.reason}.`, {
      hint: "Write it again with jobs lock, and check the difference.",
    });
  }
  const { text } = read;
  const { schema, tasks } = parse(text) as { readonly schema?: unknown; readonly tasks?: LockedTasks };
  if (schema === SCHEMA && typeof tasks === "object" && tasks !== null) return tasks;
  throw new ConfigError(`${LOCK_FILE} is not a lock of tasks (${SCHEMA}).`, {
    hint: "Write it again with jobs lock, and check the difference.",
  });
}

/** Writes the lock, the same bytes for the same tasks. */
export function writeLock(path: string, tasks: LockedTasks): void {
  writeFileSync(path, `${JSON.stringify({ schema: SCHEMA, tasks }, null, 2)}\n`);
}

/** Merge conflicts leave files that are not JSON. They count as empty, which the caller refuses. */
function parse(text: string): object {
  const read = readJson(text);
  return read.status === "ok" && typeof read.value === "object" && read.value !== null ? read.value : {};
}
