import type { StoredMessage } from "../broker/stored-message.ts";
import { HEARTBEAT_MS, reachedKind, readWorkers, type WorkerPresence } from "../worker/presence/heartbeat.ts";
import { findQueueBlocker, findTaskBlocker, limitBlocker } from "./blockers.ts";
import type { JobExplanation } from "./explanation.ts";
import type { StoredJob } from "./find-job.ts";
import { averageRate, countAhead } from "./jobs-ahead.ts";
import { describeKnowers } from "./knowers.ts";
import { readQueueFacts } from "./queue-facts.ts";
import { type ExplainSources, isForeign } from "./sources.ts";
import { type EvidenceList, rateText, spanText, timeText, untilText } from "./wording.ts";

/** A cause without its evidence, which is collected beside it. */
export type Cause = Omit<JobExplanation, "id" | "evidence">;

/** Reasons of a retry that is a hold, see `holdDelay`. */
const HELD_FOR: Readonly<Record<string, string>> = {
  unknown_task: "no handler for its task",
  signature_mismatch: "another signature of its task",
  envelope_version: "an earlier release of jobs, which cannot read it",
};

/** The reason of a retry of a paused task, see the dispatcher of a worker. */
const TASK_PAUSED = "the task is paused";

/** Explains a job that its queue shows. */
export async function explainStored(
  job: StoredJob,
  sources: ExplainSources,
  evidence: EvidenceList,
): Promise<Cause> {
  const { message, name } = job;
  const { deliveryCount, failureCount } = message;
  const counts = `${deliveryCount} deliveries, ${failureCount ?? "an unknown number of"} failures`;
  evidence.add("queue", `queue "${name}" shows the job as ${message.state}, with ${counts}`);
  switch (message.state) {
    case "dead":
      return explainDead(job, sources, evidence);
    case "succeeded":
      return {
        cause: "succeeded",
        summary: `It is done since ${timeText(message.succeeded?.at ?? 0)}. Its queue keeps it for people.`,
      };
    case "delayed":
      return explainDelayed(job, sources, evidence);
    case "leased":
      return explainLeased(job, sources, evidence);
    case "ready":
      return explainReady(job, sources, evidence);
  }
}

async function explainDead(job: StoredJob, sources: ExplainSources, evidence: EvidenceList): Promise<Cause> {
  const { name, message } = job;
  const { dead, messageId } = message;
  const { reason = "exhausted", at = 0, error } = dead ?? {};
  if (error !== undefined)
    evidence.add("queue", `its last error was ${error.name}: ${firstLine(error.message)}`);
  const isMismatch = reason === "signature_mismatch" || reason === "unknown_task";
  const known = isMismatch ? await describeKnowers(job, sources, evidence) : undefined;
  const which = `jobs dlq show ${messageId} --queues ${name}`;
  const back = `jobs dlq retry ${messageId} --queues ${name}`;
  return {
    cause: "dead",
    summary: joined(
      `It is a dead letter since ${timeText(at)}: ${reason}. It does not run again by itself.`,
      known?.text,
    ),
    hint: known?.isUnknownToAll
      ? `Look at it: ${which}. Put it back once workers run that accept it: ${back}.`
      : `Look at it: ${which}. Put it back: ${back}.`,
  };
}

function joined(text: string, more: string | undefined): string {
  return more === undefined ? text : `${text} ${more}`;
}

/** A message may have many lines, and quote much. */
export function firstLine(message: string): string {
  const [line = ""] = message.split("\n", 1);
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

async function explainDelayed(
  job: StoredJob,
  sources: ExplainSources,
  evidence: EvidenceList,
): Promise<Cause> {
  const { message, envelope } = job;
  const now = sources.now();
  const { dueAt, lastError, failureCount } = message;
  const notBefore = envelope?.notBefore === undefined ? dueAt : Date.parse(envelope.notBefore);
  const until = Math.max(dueAt, notBefore);
  if (lastError !== undefined)
    evidence.add("queue", `the reason of its last retry was ${firstLine(lastError)}`);
  const lack = lastError === undefined ? undefined : HELD_FOR[lastError];
  if (lack !== undefined) {
    const known = await describeKnowers(job, sources, evidence);
    const held = `It is held for a deploy: the worker that took it has ${lack}. It is tried again at ${untilText(until, now)}.`;
    return {
      cause: "held",
      summary: joined(held, known?.text),
      until,
      hint: known?.isUnknownToAll
        ? "Deploy workers that can run it before then. Otherwise it becomes a dead letter."
        : "Deploy workers that can run it. After all holds it becomes a dead letter.",
    };
  }
  if (lastError === TASK_PAUSED) {
    return {
      cause: "task_paused",
      summary: `Its task is paused by the settings of the worker that took it. It is tried again at ${untilText(until, now)}.`,
      until,
      hint: "Look at isPaused of the task.",
    };
  }
  const isRetry = lastError !== undefined && (failureCount ?? 0) > 0;
  const what = isRetry ? `It has failed and waits for its retry` : "It waits for its time";
  return { cause: "delayed", summary: `${what}: ${untilText(until, now)}.`, until };
}

async function explainReady(job: StoredJob, sources: ExplainSources, evidence: EvidenceList): Promise<Cause> {
  const facts = await readQueueFacts(job.name, sources, evidence);
  const blocker = findQueueBlocker(facts);
  if (blocker !== undefined) return blocker;
  const task = { name: job.envelope?.task ?? job.message.label, envelope: job.envelope };
  const taskBlocker = await findTaskBlocker(task, facts, sources, evidence);
  if (taskBlocker !== undefined && taskBlocker.cause !== "workers_busy") return taskBlocker;
  const { higher, earlier, mayBeMore } = await countAhead(job, facts, evidence);
  const ahead = higher + earlier;
  if (ahead === 0) {
    return (
      taskBlocker ?? {
        cause: "ready",
        summary: `It is ready, and is the next that the workers of queue "${job.name}" take.`,
      }
    );
  }
  const perSecond = averageRate(facts);
  const most = mayBeMore ? "at least " : "";
  const which = higher > 0 ? `${most}${higher} of them of higher priority` : "all of its own priority";
  const rest =
    perSecond === undefined
      ? "The workers have not ended a job yet."
      : `At the average of its workers, ${rateText(perSecond)}, that is about ${spanText((ahead * 1_000) / perSecond)}.`;
  return {
    cause: "behind",
    summary: `It waits behind ${most}${ahead} ready ${ahead === 1 ? "job" : "jobs"}, ${which}. ${rest}`,
    ...(taskBlocker?.hint === undefined ? {} : { hint: taskBlocker.hint }),
  };
}

async function explainLeased(
  job: StoredJob,
  sources: ExplainSources,
  evidence: EvidenceList,
): Promise<Cause> {
  const { message, name } = job;
  const { holder, leaseUntil } = message;
  const now = sources.now();
  if (leaseUntil !== undefined)
    evidence.add("queue", `its lease ends at ${untilText(leaseUntil, now)}, unless it is extended`);
  const lease = leaseUntil === undefined ? {} : { until: leaseUntil };
  if (holder === undefined) {
    return {
      cause: "leased",
      summary: "A worker has it that gave the broker no name. Whether its handler runs cannot be read.",
      ...lease,
    };
  }
  const { coordination } = sources.appCoordination;
  const worker = coordination && (await readWorkers(coordination)).find((one) => one.worker === holder);
  if (worker === undefined) {
    if (coordination === undefined || isForeign(sources, name)) {
      evidence.add("workers", `the worker ${holder} writes no heartbeat that can be read here`);
      return { cause: "leased", summary: `The worker ${holder} has it.`, ...lease };
    }
    evidence.add("workers", `the worker ${holder} that has it is not among the living ones`);
    return lostWorker(`The worker ${holder} that had it is gone.`, leaseUntil, now);
  }
  return explainHeld(message, worker, now, evidence);
}

/** Whether a worker has written no heartbeat for so long that it may be gone. */
export function isSilent({ seenAt }: WorkerPresence, now: number): boolean {
  return now - seenAt >= 2 * HEARTBEAT_MS;
}

/** A job that a known worker holds. */
function explainHeld(
  message: StoredMessage,
  worker: WorkerPresence,
  now: number,
  evidence: EvidenceList,
): Cause {
  const silentMs = now - worker.seenAt;
  evidence.add("workers", `the worker ${worker.worker} was seen ${spanText(silentMs)} ago`);
  if (isSilent(worker, now)) {
    return lostWorker(
      `The worker ${worker.worker} that has it is silent for ${spanText(silentMs)}.`,
      message.leaseUntil,
      now,
    );
  }
  return heldBy(message.messageId, worker, now, evidence);
}

/** What a living worker said of a job that it holds. */
export function heldBy(id: string, worker: WorkerPresence, now: number, evidence: EvidenceList): Cause {
  const run = worker.jobs.find((one) => one.id === id);
  if (run !== undefined) {
    evidence.add("workers", `its handler runs there since ${timeText(run.startedAt)}`);
    return { cause: "running", summary: `It runs on ${worker.worker} for ${spanText(now - run.startedAt)}.` };
  }
  const limit = worker.limits?.find(({ waiting }) => waiting.includes(id));
  // None is reached in a heartbeat of the moment in which the limit lets it start.
  const kind = limit && reachedKind(limit);
  if (limit !== undefined && kind !== undefined) {
    const ago = `${spanText(now - worker.seenAt)} ago`;
    evidence.add("workers", `${worker.worker} held it ${ago}, until a limit of its task lets it start`);
    return limitBlocker(limit, kind, now);
  }
  return {
    cause: "leased",
    summary: `The worker ${worker.worker} has it. At its last heartbeat, ${spanText(now - worker.seenAt)} ago, it did not say that the handler runs.`,
  };
}

function lostWorker(what: string, leaseUntil: number | undefined, now: number): Cause {
  const hint =
    "A worker of the queue then takes it again. The lost lease counts as a crash where the broker counts them.";
  if (leaseUntil === undefined)
    return { cause: "worker_lost", summary: `${what} It comes back when its lease ends.`, hint };
  const back = leaseUntil > now ? `at ${untilText(leaseUntil, now)}` : "with the next look of a worker";
  return { cause: "worker_lost", summary: `${what} It comes back ${back}.`, until: leaseUntil, hint };
}
