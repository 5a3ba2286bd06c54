import type { JobResult } from "@jobs/core";

/** A day, in ms. */
export const DAY_MS = 86_400_000;

/** A result as a worker stores it. */
export function resultOf(id: string, parts: Partial<JobResult> = {}): JobResult {
  return {
    id,
    task: "add",
    queue: "default",
    status: "succeeded",
    value: { sum: 3 },
    attempt: 1,
    finishedAt: 1,
    ...parts,
  };
}
