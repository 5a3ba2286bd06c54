import { useOfId } from "../envelope/envelope.ts";
import type { CompletionStep } from "../job/completion.ts";
import { jsonOrNull } from "../json/json-or-null.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { keepResult, type ResultStore } from "./result-store.ts";

/**
 * The completion step that keeps what handlers return. A value that JSON cannot carry is logged and kept as `null`:
 * the work is done, and running it again would not change what it returns.
 */
export function storeResultStep(
  store: ResultStore,
  ttlMs: number,
  { report, limited }: Pick<Runtime, "report" | "limited">,
): CompletionStep {
  return {
    name: "result",
    async complete({ job, envelope, value, hasTakenFollowups, finishedAt }) {
      const { id, task, queue, attempt } = job;
      const kept = jsonOrNull(value, (err) =>
        report(
          { source: "store", err, job: id, task },
          "a result is not JSON; null is kept in its place",
          limited.warn,
        ),
      );
      const enqueuedAt = useOfId(envelope);
      const result = { id, task, queue, status: "succeeded", value: kept, attempt, enqueuedAt } as const;
      const taken = hasTakenFollowups ? ({ hasTakenFollowups } as const) : undefined;
      await keepResult(store, { ...result, ...taken, finishedAt }, ttlMs);
    },
  };
}
