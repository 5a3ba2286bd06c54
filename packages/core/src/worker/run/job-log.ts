import type { JsonObject, JsonValue } from "../../envelope/envelope.ts";
import { serializeError } from "../../errors/serialized-error.ts";
import { isError } from "../../errors/to-error.ts";
import type { JobLog } from "../../job/context.ts";
import type { Lifecycle } from "../../job/lifecycle.ts";
import { jsonOrNull } from "../../json/json-or-null.ts";
import type { JobLogKeeper } from "../../results/job-log-keeper.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Run } from "./run.ts";

/** The longest message that is kept with a job, in UTF-16 units; the log has all of it. */
const LONGEST_MESSAGE = 8_192;

/** Where lines go. */
export interface JobLogParts {
  readonly runtime: Runtime;
  readonly lifecycle: Lifecycle;
  /** Keeps lines with the job, where they are to be kept. */
  readonly keptLog?: KeptLog | undefined;
}

/** Levels by rank. */
const LEVELS: readonly (keyof Logger)[] = ["debug", "info", "warn", "error"];

/** Which lines are kept, and by whom. */
export interface KeptLog {
  readonly keeper: JobLogKeeper;
  /** Lines below this level are not kept. */
  readonly level: keyof Logger;
}

/** The `ctx.log` of a run: a line goes into the log with the job's id, is kept with the job, and is an event (C30). */
export function createJobLog(run: Run, { runtime, lifecycle, keptLog }: JobLogParts): JobLog {
  const { id, task, attempt } = run.ref;
  const ref = { job: id, task, attempt };
  const keep = keptLog?.keeper.open(id, run.delivery.deliveryCount);
  const isKept = (level: keyof Logger) =>
    keptLog !== undefined && LEVELS.indexOf(level) >= LEVELS.indexOf(keptLog.level);
  const write =
    (level: keyof Logger) =>
    (written: string, given?: Readonly<Record<string, unknown>>): void => {
      const message = readMessage(written);
      const fields = readFields(given);
      // First, so that they are shown however many fields there are; and last, so that none of these replaces them.
      runtime.logger[level]({ ...ref, ...fields, ...ref }, message);
      if (!lifecycle.isObserved && !isKept(level)) return;
      const at = runtime.clock.now();
      const line = { level, message: message.slice(0, LONGEST_MESSAGE), fields: keepable(fields) };
      if (isKept(level)) keep?.({ at, attempt, ...line });
      lifecycle.publish({ type: "job.log", at, job: run.ref, ...line });
    };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/** Stands for what throws when it is looked at: a line of a log never changes what becomes of the job. */
const UNREADABLE = "(cannot be read)";

function readMessage(written: unknown): string {
  try {
    return String(written);
  } catch {
    return UNREADABLE;
  }
}

/** Each field is read once, here: a getter or a proxy may throw, and may give something else the next time. */
function readFields(given: unknown): Readonly<Record<string, unknown>> {
  if (typeof given !== "object" || given === null) return given === undefined ? {} : { value: given };
  if (isError(given)) return { error: given };
  const fields: Record<string, unknown> = {};
  try {
    for (const name of Object.keys(given)) fields[name] = readField(given, name);
  } catch {
    return { fields: UNREADABLE };
  }
  return fields;
}

function readField(given: object, name: string): unknown {
  try {
    return Reflect.get(given, name);
  } catch {
    return UNREADABLE;
  }
}

/** Errors are spelled out; what JSON cannot carry is `null`. */
function keepable(fields: Readonly<Record<string, unknown>>): JsonObject {
  const kept = Object.entries(fields).map(([name, value]): [string, JsonValue] => [
    name,
    jsonOrNull(isError(value) ? { ...serializeError(value) } : value),
  ]);
  return Object.fromEntries(kept);
}
