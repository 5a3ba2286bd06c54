import { useOfId } from "../envelope/envelope.ts";
import type { JobResult } from "../results/result-store.ts";
import { readCancellation } from "../worker/presence/cancel-and-pause.ts";
import { readWorkers, type WorkerPresence } from "../worker/presence/heartbeat.ts";
import { findQueueBlocker } from "./blockers.ts";
import { explainRecorded } from "./explain-recorded.ts";
import { type Cause, explainStored, firstLine, heldBy } from "./explain-stored.ts";
import type { JobExplanation } from "./explanation.ts";
import { type FoundJob, findJob, isStill, type StoredJob } from "./find-job.ts";
import { findEarlierStep, mayBeStep } from "./flow-position.ts";
import { readQueueFacts } from "./queue-facts.ts";
import type { ExplainSources } from "./sources.ts";
import { EvidenceList, namesText, spanText, timeText, untilText } from "./wording.ts";

/** How often a job that moves while it is read is read again. */
const READS = 3;

/** An answer, and whether the job was still where it was read when the answer was complete. */
interface Reading {
  readonly explanation: JobExplanation;
  readonly isStill: boolean;
}

/** Says why a job is where it is. A job that moves meanwhile is read again. */
export async function explainJob(id: string, sources: ExplainSources): Promise<JobExplanation> {
  let reading = await readOnce(id, sources);
  for (let reads = 1; !reading.isStill && reads < READS; reads++) reading = await readOnce(id, sources);
  const { explanation } = reading;
  if (reading.isStill) return explanation;
  const moved = { source: "queue", statement: "the job moved each time while it was read" } as const;
  return { ...explanation, evidence: [...explanation.evidence, moved] };
}

async function readOnce(id: string, sources: ExplainSources): Promise<Reading> {
  const evidence = new EvidenceList();
  const found = await findJob(id, sources);
  const cause = await explainFound(id, found, sources, evidence);
  const explanation = { id, ...identity(found), ...cause, evidence: evidence.items };
  if (found.kind === "stored") return { explanation, isStill: await isStill(found, id) };
  // A job may have been sent, or a dead letter put back, since it was looked for. Looking again at dead letters of SQS
  // would count another receive of each.
  const mayHaveCome = found.kind === "absent" && found.hidden.length === 0;
  const hasCome = mayHaveCome && (await findJob(id, sources)).kind !== "absent";
  return { explanation, isStill: !hasCome };
}

function identity(found: FoundJob): Pick<JobExplanation, "task" | "queue"> {
  if (found.kind === "stored")
    return { task: found.envelope?.task ?? found.message.label, queue: found.name };
  if (found.kind === "absent") return {};
  const { task, queue } = found.result;
  return queue === "" ? { task } : { task, queue };
}

async function explainFound(
  id: string,
  found: FoundJob,
  sources: ExplainSources,
  evidence: EvidenceList,
): Promise<Cause> {
  switch (found.kind) {
    case "stored":
      return (await findCancelled(id, found, sources, evidence)) ?? explainStored(found, sources, evidence);
    case "kept":
      return explainKept(found.result, sources, evidence);
    case "absent":
      return explainAbsent(id, found.hidden, sources, evidence);
  }
}

/** A waiting job that workers drop instead of running it. */
async function findCancelled(
  id: string,
  { message, envelope, name }: StoredJob,
  { appCoordination: { coordination } }: ExplainSources,
  evidence: EvidenceList,
): Promise<Cause | undefined> {
  if (envelope === undefined || message.state === "dead" || message.state === "succeeded") return undefined;
  for (const cancelled of new Set([id, envelope.chain ?? id])) {
    const until = await readCancellation(cancelled, coordination);
    if (until === undefined || useOfId(envelope) > until) continue;
    const what = cancelled === id ? "the job" : `its flow ${cancelled}`;
    evidence.add("queue", `queue "${name}" shows the job as ${message.state}`);
    evidence.add("cancellation", `${what} was cancelled`);
    return {
      cause: "cancelled",
      summary: `It is cancelled, but still in its queue "${name}". The worker that has it or takes it removes it.`,
    };
  }
  return undefined;
}

async function explainKept(
  result: JobResult,
  sources: ExplainSources,
  evidence: EvidenceList,
): Promise<Cause> {
  const { id, status, error, finishedAt, stoppedBy, attempt } = result;
  const now = sources.now();
  evidence.add("results", `the result store keeps it as ${status}, of attempt ${attempt}`);
  if (stoppedBy !== undefined) {
    const stopped = await findJob(stoppedBy, sources);
    if (stopped.kind === "stored" && stopped.message.state !== "dead")
      return earlierStep([stopped], sources, evidence);
    evidence.add("flow", `its flow was stopped by the job ${stoppedBy}`);
  }
  if (error !== undefined) evidence.add("results", `its error is ${error.name}: ${firstLine(error.message)}`);
  if (status === "succeeded") {
    const until = finishedAt + sources.config.worker.resultTtlMs;
    const isKept = Number.isFinite(until);
    evidence.add(
      "settings",
      `results are kept for ${isKept ? spanText(until - finishedAt) : "ever"} after the end, by this app's settings`,
    );
    const kept = isKept ? `until ${untilText(until, now)}` : "until it is removed";
    const done = `It is done since ${timeText(finishedAt)}. Its result is kept ${kept}.`;
    const hint = `Look at it: jobs result ${id}.`;
    return { cause: "succeeded", summary: done, hint, ...(isKept ? { until } : {}) };
  }
  if (status === "cancelled")
    return {
      cause: "cancelled",
      summary: `It was cancelled, and left its queue at ${timeText(finishedAt)}.`,
    };
  const by = stoppedBy === undefined ? "" : `: the step ${stoppedBy} of its flow has failed for good`;
  return {
    cause: "dead",
    summary: `It is dead since ${timeText(finishedAt)}${by}.`,
    ...(stoppedBy === undefined ? {} : { hint: `Put that step back: jobs dlq retry ${stoppedBy}.` }),
  };
}

/** A step that is not sent yet, because of stored jobs of its flow. */
async function earlierStep(
  jobs: readonly StoredJob[],
  sources: ExplainSources,
  evidence: EvidenceList,
): Promise<Cause> {
  const [first] = jobs;
  for (const job of jobs) {
    const own = new EvidenceList();
    const { summary } = await explainStored(job, sources, own);
    evidence.add("flow", `job ${job.message.messageId} of task "${job.message.label}": ${summary}`);
  }
  const ids = namesText(jobs.map(({ message }) => message.messageId));
  return {
    cause: "earlier_step",
    summary: `It waits for ${jobs.length === 1 ? "an earlier step" : "members"} of its flow: ${ids}.`,
    hint: `Ask about that job: jobs why ${first?.message.messageId}.`,
  };
}

async function explainAbsent(
  id: string,
  hidden: readonly string[],
  sources: ExplainSources,
  evidence: EvidenceList,
): Promise<Cause> {
  const { appCoordination, results, queues, now } = sources;
  const { coordination } = appCoordination;
  const shown = queues.filter((name) => !hidden.includes(name));
  if (shown.length > 0) evidence.add("queue", `no job ${id} is in ${namesText(shown)}, in any state`);
  evidence.add("results", results === undefined ? "this app keeps no results" : "no result of it is kept");
  const workers = coordination && (await readWorkers(coordination));
  const running = workers?.find((worker) => holds(worker, id));
  if (running !== undefined) return heldBy(id, running, now(), evidence);
  if (mayBeStep(id)) {
    const { jobs, isWhole } = await findEarlierStep(id, sources, evidence);
    if (jobs.length > 0) return earlierStep(jobs, sources, evidence);
    if (!isWhole)
      return unknown("It may be a later step of a flow: not all stored jobs were read.", evidence);
  }
  const recorded = await explainRecorded(id, hidden, sources, evidence);
  if (recorded !== undefined) return recorded;
  const cancelledUntil = await readCancellation(id, coordination);
  if (cancelledUntil !== undefined)
    evidence.add("cancellation", `the id was cancelled until ${timeText(cancelledUntil)}`);
  if (hidden.length > 0) return explainHidden(hidden, sources, evidence);
  return {
    cause: "not_found",
    summary:
      "No queue of this app has it, and no result of it is kept. It was never sent, or it is over and its result is not kept any more.",
    hint: "Check the id and the queues. A job in another queue is found by --queues.",
  };
}

function holds({ jobs, limits = [] }: WorkerPresence, id: string): boolean {
  return jobs.some((job) => job.id === id) || limits.some(({ waiting }) => waiting.includes(id));
}

/** A job that may be in a queue whose broker shows no waiting jobs. */
async function explainHidden(
  hidden: readonly string[],
  sources: ExplainSources,
  evidence: EvidenceList,
): Promise<Cause> {
  const blocked: string[] = [];
  for (const name of hidden) {
    const facts = await readQueueFacts(name, sources, evidence);
    const blocker = findQueueBlocker(facts);
    if (blocker !== undefined) blocked.push(blocker.summary);
  }
  const more = blocked.length === 0 ? "" : ` If it is there: ${blocked.join(" ")}`;
  return {
    cause: "unknown",
    summary: `The broker ${sources.broker.kind} does not show the jobs that wait in ${namesText(hidden)}.${more}`,
    hint: "Give the app a history store and a result store that all its processes see: they know what became of a job.",
  };
}

function unknown(summary: string, evidence: EvidenceList): Cause {
  evidence.add("flow", "more jobs are stored than are searched for steps of a flow");
  return { cause: "unknown", summary };
}
