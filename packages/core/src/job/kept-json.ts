import type { JsonValue } from "../envelope/envelope.ts";
import { jsonOrNull } from "../json/json-or-null.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { JobRef } from "./lifecycle.ts";

/** A value that a handler gave, and what a loss of it means. */
export interface GivenValue {
  readonly job: Pick<JobRef, "id" | "task">;
  /** What it is; the path of the lost part begins with it. */
  readonly name: "result" | "progress";
  /** Completes "… is not JSON; " in the log line. */
  readonly loss: string;
}

/**
 * The value as JSON, or `null` where JSON would change or lose it. The loss is logged with the job, its task and the path
 * of the lost part: at once, then at most once in 30 s for each task.
 */
export function keptJson(
  value: unknown,
  { job, name, loss }: GivenValue,
  { report, limited }: Pick<Runtime, "report" | "limited">,
): JsonValue {
  const onLoss = (err: unknown) =>
    report(
      { source: "store", err, job: job.id, task: job.task },
      `a ${name} is not JSON; ${loss}`,
      limited.of(job.task).warn,
    );
  return jsonOrNull(value, { name, onLoss });
}
