import type { CompletionStep } from "../job/completion.ts";
import { assertJson } from "../json/json-safety.ts";
import type { Logger } from "../runtime/logger.ts";
import type { ResultStore } from "./result-store.ts";

/**
 * The completion step that keeps what handlers return. A value that JSON cannot carry is logged and kept as `null`:
 * the work is done, and running it again would not change what it returns.
 */
export function storeResultStep(store: ResultStore, ttlMs: number, logger: Logger): CompletionStep {
  const storable = (value: unknown, job: string, task: string): unknown => {
    if (value === undefined) return null;
    try {
      assertJson(value, "result");
      return value;
    } catch (error) {
      logger.warn({ err: error, job, task }, "a result is not JSON; null is kept in its place");
      return null;
    }
  };
  return {
    name: "result",
    async complete({ job, value, finishedAt }) {
      const { id, task, queue, attempt } = job;
      const kept = storable(value, id, task);
      await store.put({ id, task, queue, status: "succeeded", value: kept, attempt, finishedAt }, ttlMs);
    },
  };
}
