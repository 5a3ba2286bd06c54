import { reachesLess } from "../coordination/reach.ts";
import type { HistoryEvent } from "../history/history-event.ts";
import type { HistoryStore } from "../history/history-store.ts";
import type { JobRecord } from "../history/job-record.ts";
import { readCancellation } from "../worker/presence/cancel-and-pause.ts";
import { readWorkers } from "../worker/presence/heartbeat.ts";
import { findQueueBlocker, findTaskBlocker } from "./blockers.ts";
import { type Cause, firstLine, isSilent } from "./explain-stored.ts";
import { readQueueFacts } from "./queue-facts.ts";
import type { ExplainSources } from "./sources.ts";
import { type EvidenceList, spanText, timeText, untilText } from "./wording.ts";

/** A job of which a history store knows, though its queue does not show it. */
interface RecordedJob {
  readonly record: JobRecord;
  readonly history: HistoryStore;
}

/**
 * Explains a job from the history store of the app, if that knows it. `hidden`: names of queues that cannot show all
 * their jobs. A job of another queue is explained only if it has ended: the queue would show it.
 */
export async function explainRecorded(
  id: string,
  hidden: readonly string[],
  sources: ExplainSources,
  evidence: EvidenceList,
): Promise<Cause | undefined> {
  const { history } = sources;
  if (history === undefined) return undefined;
  const record = await history.job(id);
  const state = record === undefined ? "knows no such job" : `knows it as ${record.state}`;
  evidence.add(
    "history",
    record === undefined ? `the history ${state}` : `the history ${state} since ${timeText(record.at)}`,
  );
  if (record === undefined) return undefined;
  const { task, queue } = record;
  const cause = explainEnd(record, evidence);
  if (cause !== undefined) return { ...cause, task, queue };
  if (!hidden.includes(queue)) return undefined;
  const open = await explainOpen({ record, history }, sources, evidence);
  return open && { ...open, task, queue };
}

function explainEnd({ state, at, error, deadReason }: JobRecord, evidence: EvidenceList): Cause | undefined {
  const since = timeText(at);
  if (state === "succeeded")
    return { cause: "succeeded", summary: `It is done since ${since}. Its result is not kept.` };
  if (state === "cancelled") return { cause: "cancelled", summary: `It was cancelled at ${since}.` };
  if (state !== "dead") return undefined;
  if (error !== null) evidence.add("history", `its last error was ${firstLine(error)}`);
  const why = deadReason === undefined ? "" : `: ${deadReason}`;
  return { cause: "dead", summary: `It is dead since ${since}${why}.` };
}

/** A job that waits or runs. A history that not all processes write to does not know where it is now. */
async function explainOpen(
  recorded: RecordedJob,
  sources: ExplainSources,
  evidence: EvidenceList,
): Promise<Cause | undefined> {
  const { record, history } = recorded;
  if (reachesLess(history, sources.broker)) {
    evidence.add("history", "not all processes that see the jobs see this history");
    return undefined;
  }
  const cancelledUntil = await readCancellation(record.id, sources.appCoordination.coordination);
  if (cancelledUntil !== undefined && (record.enqueuedAt ?? Number.POSITIVE_INFINITY) <= cancelledUntil) {
    evidence.add("cancellation", "the job was cancelled");
    return { cause: "cancelled", summary: "It is cancelled. The worker that has it or takes it removes it." };
  }
  return record.state === "started"
    ? explainStarted(record, sources, evidence)
    : explainWaiting(recorded, sources, evidence);
}

async function explainStarted(
  { worker, startedAt = 0, id }: JobRecord,
  { appCoordination: { coordination }, now }: ExplainSources,
  evidence: EvidenceList,
): Promise<Cause | undefined> {
  if (worker === undefined || coordination === undefined) return undefined;
  const living = (await readWorkers(coordination)).find((one) => one.worker === worker);
  if (living === undefined || isSilent(living, now())) {
    evidence.add("workers", `the worker ${worker} that has it is silent, or not among the living ones`);
    const summary = `The worker ${worker} that had it is gone. It comes back when its lease ends.`;
    return { cause: "worker_lost", summary };
  }
  const isListed = living.jobs.some((job) => job.id === id);
  // A heartbeat after the start that does not list it shows that it has ended since.
  if (!isListed && living.seenAt > startedAt) return undefined;
  evidence.add("history", `its handler was started there at ${timeText(startedAt)}`);
  return { cause: "running", summary: `It runs on ${worker} for ${spanText(now() - startedAt)}.` };
}

async function explainWaiting(
  { record, history }: RecordedJob,
  sources: ExplainSources,
  evidence: EvidenceList,
): Promise<Cause | undefined> {
  const now = sources.now();
  const until = dueAt(record, await history.timeline(record.id));
  if (until > now) {
    if (record.state === "held")
      return {
        cause: "held",
        summary: `It is held for a deploy, and tried again at ${untilText(until, now)}.`,
        until,
      };
    return { cause: "delayed", summary: `It waits for its time: ${untilText(until, now)}.`, until };
  }
  const facts = await readQueueFacts(record.queue, sources, evidence);
  const task = { name: record.task, envelope: undefined };
  return findQueueBlocker(facts) ?? (await findTaskBlocker(task, facts, sources, evidence));
}

/** When a job is due after its latest event. */
function dueAt({ state, at }: JobRecord, timeline: readonly HistoryEvent[]): number {
  const last = timeline.findLast((event) => event.type === `job.${state}` && event.at === at);
  return last !== undefined && "delayMs" in last ? at + last.delayMs : at;
}
