import { isDeepStrictEqual } from "node:util";
import type { JobResult } from "@jobs/core";
import type { JobRecord } from "@jobs/core/broker";
import type { Rehearsal } from "@jobs/core/runtime";

/** How a job ended, in the words that both sides can tell. */
export interface ShownOutcome {
  /** `failed`: a worker would try it again. */
  readonly outcome: "succeeded" | "failed" | "dead" | "refused";
  /** The name of the error. */
  readonly error?: string;
}

/** A recorded job beside its run of today. */
export interface ComparedOutcome {
  readonly recorded: ShownOutcome;
  readonly now: ShownOutcome;
  /** What is not the same; empty where nothing differs. */
  readonly differs: readonly ("outcome" | "error" | "value")[];
}

/**
 * Compares a run with the record of the job. A success is compared by its value where the result store has it, a failure
 * by the name of its error. Whether a failure is the last one depends on earlier failures, so that does not differ.
 */
export function compareOutcome(
  record: JobRecord,
  result: JobResult | undefined,
  outcome: Rehearsal,
): ComparedOutcome {
  const recorded = recordedOutcome(record);
  const now = outcomeNow(outcome);
  const differs: ComparedOutcome["differs"][number][] = [];
  if ((recorded.outcome === "succeeded") !== (now.outcome === "succeeded")) differs.push("outcome");
  else if (outcome.status === "succeeded") {
    const isKept = result?.status === "succeeded" && result.enqueuedAt === record.enqueuedAt;
    if (isKept && !isDeepStrictEqual(result.value ?? null, outcome.value ?? null)) differs.push("value");
  } else if (recorded.error !== now.error) differs.push("error");
  return { recorded, now, differs };
}

function recordedOutcome({ state, error }: JobRecord): ShownOutcome {
  if (state === "succeeded") return { outcome: "succeeded" };
  // `name: message`; a job that never ran, such as an expired one, has none.
  const [name] = error?.split(":", 1) ?? [];
  return { outcome: "dead", ...(name === undefined ? {} : { error: name }) };
}

function outcomeNow(outcome: Rehearsal): ShownOutcome {
  if (outcome.status === "succeeded") return { outcome: "succeeded" };
  if (outcome.status === "refused") return { outcome: "refused", error: "SignatureError" };
  return { outcome: outcome.next === "dead" ? "dead" : "failed", error: outcome.error.name };
}
