import { routedQueue } from "../broker/queue-name.ts";
import {
  type Envelope,
  idAfter,
  isNextGroup,
  type Join,
  type NextStep,
  useOfId,
} from "../envelope/envelope.ts";
import { isJobsError } from "../errors/jobs-error.ts";
import type { CompletionStep } from "../job/completion.ts";
import { keptJson } from "../job/kept-json.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type JobResult, keepResult, type ResultStore } from "./result-store.ts";

/** A job that has ended without success. */
export interface JobEnd {
  readonly end: Omit<JobResult, "enqueuedAt" | "stoppedBy">;
  /** `undefined` where its body could not be read. */
  readonly envelope: Envelope | undefined;
  /** Whether its handler succeeded, but the next job could not be sent. Default false. */
  readonly isAfterSuccess?: boolean;
}

/**
 * Keeps the result of an ended job. In a flow it keeps the same for each later step, so that no caller waits in vain. A
 * success replaces it when the job is redriven and the flow continues.
 */
export async function keepEnd(store: ResultStore, ended: JobEnd, ttlMs: number): Promise<void> {
  const { envelope, isAfterSuccess = false } = ended;
  if (envelope === undefined) return keepResult(store, ended.end, ttlMs);
  const end = { ...ended.end, enqueuedAt: useOfId(envelope) };
  await keepResult(store, end, ttlMs);
  const unsent = unsentAfter(envelope);
  if (unsent.length === 0) return;
  // Another run has succeeded, and the flow has continued.
  if (!isAfterSuccess && (await hasSucceeded(end, store))) return;
  await Promise.all(
    unsent.map((step) => {
      const { status, attempt, enqueuedAt, finishedAt } = end;
      const stopped = { ...step, status, stoppedBy: end.id, attempt, enqueuedAt, finishedAt };
      return keepResult(store, { ...stopped, ...stopError(end) }, ttlMs);
    }),
  );
}

async function hasSucceeded({ id, enqueuedAt }: JobResult, store: ResultStore): Promise<boolean> {
  const kept = await store.get(id).catch((error: unknown) => {
    // A record that cannot be read does not count as this success.
    if (isJobsError(error, "unreadable_record")) return undefined;
    throw error;
  });
  return kept?.status === "succeeded" && kept.enqueuedAt === enqueuedAt;
}

function stopError({ id, task, error }: JobResult): Pick<JobResult, "error"> {
  if (error === undefined) return {};
  const message = `step ${task} (job ${id}) of the flow is dead: ${error.name}: ${error.message}`;
  return { error: { name: "FlowStopped", message, code: "flow_stopped" } };
}

/** A later step of a flow, or the list of a group. It exists only when the earlier steps have succeeded. */
export interface UnsentStep {
  readonly id: string;
  /** `group` for the list of a group. */
  readonly task: string;
  /** Name of the queue without prefix; empty for a group. */
  readonly queue: string;
}

/** A position in a flow. */
export interface FlowPosition {
  /** Of the job or group at this position. */
  readonly id: string;
  readonly next?: readonly NextStep[];
  readonly join?: Join;
}

/**
 * The steps that cannot run any more after a job ended without success. These are the later steps of its line, the
 * groups of the line, and the steps after these. Members of later groups have no ids that callers know.
 */
export function unsentAfter({ id, next = [], join }: FlowPosition): readonly UnsentStep[] {
  let at = id;
  const line = next.map((step) => {
    at = idAfter(at);
    if (isNextGroup(step)) return listOfGroup(at);
    return { id: at, task: step.task, queue: routedQueue(step.queue, step.domain) };
  });
  return join === undefined ? line : [...line, listOfGroup(join.id), ...unsentAfter(join)];
}

function listOfGroup(id: string): UnsentStep {
  return { id, task: "group", queue: "" };
}

/** The step before a cancelled job leaves its queue. Callers that wait for its result then get `cancelled`. */
export function keepCancelledStep(store: ResultStore, ttlMs: number): CompletionStep {
  return {
    name: "cancelled",
    async complete({ job: { id, task, queue, attempt }, envelope, finishedAt }) {
      const end = { id, task, queue, status: "cancelled", attempt, finishedAt } as const;
      await keepEnd(store, { end, envelope }, ttlMs);
    },
  };
}

/**
 * The completion step that keeps the values of handlers. A value that is not JSON is logged and kept as `null`. The
 * work is done, and another run would return the same.
 */
export function storeResultStep(
  store: ResultStore,
  ttlMs: number,
  runtime: Pick<Runtime, "report" | "limited">,
): CompletionStep {
  return {
    name: "result",
    complete({ job, envelope, value, hasTakenFollowups, finishedAt }) {
      const { id, task, queue, attempt, enqueuedAt = useOfId(envelope) } = job;
      const given = { job, name: "result", loss: "null is kept in its place" } as const;
      const kept = keptJson(value, given, runtime);
      const ended = {
        id,
        task,
        queue,
        status: "succeeded",
        value: kept,
        attempt,
        enqueuedAt,
        finishedAt,
      } as const;
      return keepResult(store, hasTakenFollowups ? { ...ended, hasTakenFollowups } : ended, ttlMs);
    },
  };
}
