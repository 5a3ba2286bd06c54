import { lstatSync, writeFileSync } from "node:fs";
import { ConfigError } from "@jobs/core";
import { readJson } from "../input/read-json.ts";
import { readTextFileSync } from "../input/read-text.ts";
import { isRecord } from "./schema/accepts.ts";
import { sortedJson } from "./schema/model.ts";
import type { Lock } from "./task-lock.ts";

/** The name of the file, beside the configuration. */
export const LOCK_FILE = "jobs.lock.json";

/** Version of the format. It changes when a reader could break. */
const SCHEMA = "jobs.lock/2";

const HINT = "Take it from git again, or delete it; then jobs lock writes it.";

/** The locked tasks; `undefined` without a file. @throws ConfigError for a file in another format. */
export function readLock(path: string, name: string): Lock | undefined {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  const read = readTextFileSync(path);
  if (read.status === "refused") {
    throw new ConfigError(`${name} cannot be read: ${read.reason}.`, { hint: HINT });
  }
  return parseLock(read.text, name);
}

/** A lock out of its text. Merge conflicts leave text that is no JSON. @throws ConfigError calling it `name` */
export function parseLock(text: string, name: string): Lock {
  const read = readJson(text);
  const content: unknown = read.status === "ok" ? read.value : undefined;
  const { schema, tasks, schedules, accepted } = isRecord(content) ? content : {};
  if (schema === "jobs.lock/1") {
    const hint = "In the release that is deployed, delete it and run jobs lock; then change the tasks.";
    throw new ConfigError(`${name} is of an older format (jobs.lock/1), which has no schemas to compare.`, {
      hint,
    });
  }
  if (schema !== SCHEMA || !isRecord(tasks)) {
    throw new ConfigError(`${name} is not a lock of tasks (${SCHEMA}).`, { hint: HINT });
  }
  const parts = { tasks, schedules: schedules ?? {}, accepted: accepted ?? {} };
  const isWhole =
    Object.values(tasks).every(isTask) &&
    isRecord(parts.schedules) &&
    Object.values(parts.schedules).every(isSchedule) &&
    isRecord(parts.accepted) &&
    Object.values(parts.accepted).every(areTexts);
  if (!isWhole) {
    throw new ConfigError(`${name} is not a whole lock of tasks (${SCHEMA}).`, { hint: HINT });
  }
  return parts as unknown as Lock;
}

function isTask(task: unknown): boolean {
  if (!isRecord(task) || typeof task.queue !== "string") return false;
  const { aliases = [], version = 1, from = {} } = task;
  const areForms = isRecord(from) && Object.values(from).every(hasParams);
  return hasParams(task) && areTexts(aliases) && Number.isSafeInteger(version) && areForms;
}

function hasParams(form: unknown): boolean {
  return isRecord(form) && (isRecord(form.params) || typeof form.params === "boolean");
}

function areTexts(list: unknown): boolean {
  return Array.isArray(list) && list.every((text) => typeof text === "string");
}

function isSchedule(schedule: unknown): boolean {
  return isRecord(schedule) && typeof schedule.task === "string";
}

/** Writes the lock, the same bytes for the same tasks. */
export function writeLock(path: string, lock: Lock): void {
  writeFileSync(path, lockText(lock));
}

/**
 * The file's text. Empty parts are left out.
 * @throws ConfigError for what `parseLock` would refuse, such as a parameter `__proto__` inside of another one
 */
export function lockText({ tasks, schedules, accepted }: Lock): string {
  const more = {
    ...(Object.keys(schedules).length === 0 ? {} : { schedules }),
    ...(Object.keys(accepted).length === 0 ? {} : { accepted }),
  };
  const sorted: unknown = JSON.parse(sortedJson({ tasks, ...more }));
  const text = `${JSON.stringify({ schema: SCHEMA, ...(sorted as object) }, null, 2)}\n`;
  const read = readJson(text);
  if (read.status === "ok") return text;
  throw new ConfigError(`the tasks cannot be locked: ${read.reason}.`, {
    hint: "No job can carry such a parameter. Rename it in the schema of the task.",
  });
}
