import { type Envelope, useOfId } from "../envelope/envelope.ts";
import { type JobResult, keepResult, type ResultStore } from "./result-store.ts";
import { unsentAfter } from "./unsent-steps.ts";

/** A job that has ended without success. */
export interface JobEnd {
  readonly end: Omit<JobResult, "enqueuedAt" | "stoppedBy">;
  /** `undefined` where its body could not be read. */
  readonly envelope: Envelope | undefined;
  /** Its handler had succeeded, and what follows could not be sent. Default false. */
  readonly isAfterSuccess?: boolean;
}

/**
 * Keeps how a job has ended. Where it is one of a flow, the same is kept of each later step: nobody shall wait for what
 * cannot come. A success replaces it when the job is put back and the flow goes on.
 */
export async function keepEnd(store: ResultStore, ended: JobEnd, ttlMs: number): Promise<void> {
  const { envelope, isAfterSuccess = false } = ended;
  if (envelope === undefined) return keepResult(store, ended.end, ttlMs);
  const end = { ...ended.end, enqueuedAt: useOfId(envelope) };
  await keepResult(store, end, ttlMs);
  const unsent = unsentAfter(envelope);
  if (unsent.length === 0) return;
  // An earlier or a later run has succeeded, and the flow has gone on from there.
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
  const kept = await store.get(id);
  return kept?.status === "succeeded" && kept.enqueuedAt === enqueuedAt;
}

function stopError({ id, task, error }: JobResult): Pick<JobResult, "error"> {
  if (error === undefined) return {};
  const message = `step ${task} (job ${id}) of the flow is dead: ${error.name}: ${error.message}`;
  return { error: { name: "FlowStopped", message, code: "flow_stopped" } };
}
