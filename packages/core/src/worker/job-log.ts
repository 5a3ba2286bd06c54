import type { JsonObject, JsonValue } from "../envelope/envelope.ts";
import { serializeError } from "../errors/serialized-error.ts";
import type { JobLog } from "../job/context.ts";
import type { Lifecycle } from "../job/lifecycle.ts";
import { jsonOrNull } from "../json/json-or-null.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Run } from "./run.ts";

/** The longest message that is kept with a job, in UTF-16 units; the log has all of it. */
const LONGEST_MESSAGE = 8_192;

/** Where lines go. */
export interface JobLogParts {
  readonly runtime: Runtime;
  readonly lifecycle: Lifecycle;
}

/** The `ctx.log` of a run: each line goes into the log with the job's id, and into the stream of events (requirement C30). */
export function createJobLog(run: Run, { runtime, lifecycle }: JobLogParts): JobLog {
  const write =
    (level: keyof Logger) =>
    (message: string, fields?: Readonly<Record<string, unknown>>): void => {
      const { id, task, attempt } = run.ref;
      runtime.logger[level]({ ...fields, job: id, task, attempt }, message);
      if (!lifecycle.isObserved) return;
      const line = { level, message: String(message).slice(0, LONGEST_MESSAGE), fields: keepable(fields) };
      lifecycle.publish({ type: "job.log", at: runtime.clock.now(), job: run.ref, ...line });
    };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/** Errors are spelled out; what JSON cannot carry is `null`. */
function keepable(fields: Readonly<Record<string, unknown>> = {}): JsonObject {
  const kept = Object.entries(fields).map(([name, value]): [string, JsonValue] => [
    name,
    jsonOrNull(value instanceof Error ? { ...serializeError(value) } : value),
  ]);
  return Object.fromEntries(kept);
}
