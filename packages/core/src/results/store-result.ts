import type { CompletionStep } from "../job/completion.ts";
import { jsonOrNull } from "../json/json-or-null.ts";
import type { Logger } from "../runtime/logger.ts";
import type { ResultStore } from "./result-store.ts";

/**
 * The completion step that keeps what handlers return. A value that JSON cannot carry is logged and kept as `null`:
 * the work is done, and running it again would not change what it returns.
 */
export function storeResultStep(store: ResultStore, ttlMs: number, logger: Logger): CompletionStep {
  return {
    name: "result",
    async complete({ job, value, finishedAt }) {
      const { id, task, queue, attempt } = job;
      const kept = jsonOrNull(value, (err) =>
        logger.warn({ err, job: id, task }, "a result is not JSON; null is kept in its place"),
      );
      await store.put({ id, task, queue, status: "succeeded", value: kept, attempt, finishedAt }, ttlMs);
    },
  };
}
