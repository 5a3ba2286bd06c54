import type { CompletionStep } from "../job/completion.ts";
import { keepEnd } from "./keep-end.ts";
import type { ResultStore } from "./result-store.ts";

/** The step before a cancelled job leaves its queue: whoever waits for its result learns that none will come. */
export function keepCancelledStep(store: ResultStore, ttlMs: number): CompletionStep {
  return {
    name: "cancelled",
    async complete({ job: { id, task, queue, attempt }, envelope, finishedAt }) {
      const end = { id, task, queue, status: "cancelled", attempt, finishedAt } as const;
      await keepEnd(store, { end, envelope }, ttlMs);
    },
  };
}
