import type { Envelope } from "../envelope/envelope.ts";
import type { TaskLimitState } from "../worker/limits/task-limiter.ts";
import {
  type AnnouncedTask,
  announcesForm,
  reachedKind,
  type WorkerPresence,
} from "../worker/presence/heartbeat.ts";
import type { JobCause } from "./explanation.ts";
import { isRefusedBy } from "./knowers.ts";
import type { QueueFacts } from "./queue-facts.ts";
import type { ExplainSources } from "./sources.ts";
import { type EvidenceList, namesText, rateText, spanText, timeText, untilText } from "./wording.ts";

/** What keeps ready jobs in their queue, without its evidence. */
export interface Blocker {
  readonly cause: Extract<
    JobCause,
    | "queue_paused"
    | "task_paused"
    | "no_worker"
    | "workers_unavailable"
    | "unknown_task"
    | "signature_mismatch"
    | "rate_limit"
    | "concurrency_limit"
    | "workers_busy"
    | "unknown"
  >;
  readonly summary: string;
  readonly until?: number;
  readonly hint?: string;
}

/** A kind of job that waits. */
export interface WaitingTask {
  /** The name in the envelope, perhaps an alias. */
  readonly name: string;
  /** To check its parameters against the signature that the workers have. */
  readonly envelope: Envelope | undefined;
}

/** A worker that could take a job now or soon, with what it says of the job's task. */
interface Candidate {
  readonly worker: WorkerPresence;
  readonly task: AnnouncedTask | undefined;
  readonly limit: TaskLimitState | undefined;
}

/** What keeps a queue from giving any job to a worker, whatever its task is. */
export function findQueueBlocker(facts: QueueFacts): Blocker | undefined {
  const { name, pause, workers, workersUnknown, readAt: now } = facts;
  if (pause !== undefined) {
    const by = pause.note === undefined ? "" : ` by ${pause.note.by}, since ${timeText(pause.note.at)}`;
    return {
      cause: "queue_paused",
      summary: `Queue "${name}" is paused${by}.`,
      hint: `Resume it: jobs queue resume ${name}.`,
    };
  }
  if (workers === undefined) {
    return {
      cause: "unknown",
      summary: `Whether a worker serves queue "${name}" cannot be read: ${workersUnknown?.why}.`,
      ...(workersUnknown && { hint: workersUnknown.hint }),
    };
  }
  if (workers.length === 0) {
    return {
      cause: "no_worker",
      summary: `No living worker serves queue "${name}".`,
      hint: `Start one: jobs worker --queues ${name}. A function in AWS Lambda is no such worker: it writes no heartbeat.`,
    };
  }
  if (workers.some(isAvailable)) return undefined;
  return {
    cause: "workers_unavailable",
    summary: `The workers of queue "${name}" take no jobs now: ${namesText(workers.map((worker) => unavailability(worker, now)))}.`,
    hint: "Look into their logs, or start another worker.",
  };
}

function isAvailable({ state, isReady }: WorkerPresence): boolean {
  return state === "running" && isReady;
}

function unavailability(
  { worker, state, delayed, concurrency, seenAt }: WorkerPresence,
  now: number,
): string {
  const ago = `${spanText(now - seenAt)} ago`;
  if (state === "draining") return `${worker} drains, it said ${ago}`;
  if (delayed >= concurrency)
    return `all slots of ${worker} hold done jobs whose results cannot be kept, it said ${ago}`;
  return `${worker} does not reach its broker, it said ${ago}`;
}

/** What keeps jobs of one task from a start, where the queue and its workers do not. */
export async function findTaskBlocker(
  { name, envelope }: WaitingTask,
  facts: QueueFacts,
  sources: ExplainSources,
  evidence: EvidenceList,
): Promise<Blocker | undefined> {
  const available = (facts.workers ?? []).filter(isAvailable);
  const knowing = available.flatMap((worker) => candidateOf(worker, name));
  if (knowing.length === 0) {
    const tasks = [...new Set(available.flatMap(({ tasks = [] }) => tasks.map((task) => task.name)))];
    evidence.add("workers", `they run ${tasks.length === 0 ? "no task" : namesText(tasks)}`);
    return {
      cause: "unknown_task",
      summary: `No available worker of queue "${facts.name}" knows the task "${name}".`,
      hint: "Deploy workers that have a handler for it. The others hold such a job for a while, then set it aside.",
    };
  }
  const mismatch = envelope && (await findMismatch(envelope, knowing, sources, evidence));
  if (mismatch !== undefined) return mismatch;
  return findLimit(name, knowing, facts, evidence) ?? findFullWorkers(knowing, facts, evidence);
}

/** Nothing for a worker that is known not to run the task. */
function candidateOf(worker: WorkerPresence, name: string): readonly Candidate[] {
  const { tasks, hasMoreTasks = false, limits = [] } = worker;
  const task = tasks?.find((one) => one.name === name || one.aliases?.includes(name));
  if (task === undefined && tasks !== undefined && !hasMoreTasks) return [];
  return [{ worker, task, limit: limits.find((one) => one.task === (task?.name ?? name)) }];
}

/**
 * Whether all these workers refuse the parameters. It is known only where this app has the same signature as they, so
 * that it can make the same check.
 */
async function findMismatch(
  envelope: Envelope,
  knowing: readonly Candidate[],
  sources: ExplainSources,
  evidence: EvidenceList,
): Promise<Blocker | undefined> {
  const { task: name, sig, taskVersion } = envelope;
  const refusing = knowing.flatMap(({ task }) =>
    task === undefined || announcesForm(task, envelope) ? [] : [formWords(task.sig, task.version)],
  );
  const others = [...new Set(refusing)];
  if (others.length > 0)
    evidence.add(
      "workers",
      `the job was made for ${formWords(sig, taskVersion)}, and workers have ${namesText(others)}`,
    );
  const own = sources.tasks.find(name);
  const isSame =
    own !== undefined &&
    knowing.every(
      ({ task }) => task?.sig === own.signature.fingerprint && task.version === own.options.version,
    );
  if (!isSame || !(await isRefusedBy(own, envelope, sources))) return undefined;
  evidence.add("tasks", `the signature (${own.signature.fingerprint}) does not accept its parameters`);
  return {
    cause: "signature_mismatch",
    summary: `No available worker accepts the parameters of the job: their task "${own.name}" has another signature.`,
    hint: `Deploy workers whose "${own.name}" accepts them, or remove the job.`,
  };
}

function formWords(sig: string, version: number | undefined): string {
  return version === undefined ? `the signature (${sig})` : `version ${version} of the signature (${sig})`;
}

/** The limit that all workers with a free slot have reached, if there is one. */
function findLimit(
  name: string,
  knowing: readonly Candidate[],
  facts: QueueFacts,
  evidence: EvidenceList,
): Blocker | undefined {
  const { readAt: now } = facts;
  const reached = knowing.map((one) => ({ ...one, kind: limitOf(one, name, facts) }));
  if (reached.some(({ kind, worker }) => kind === undefined && usedSlots(worker, facts) < worker.concurrency))
    return undefined;
  const first = reached.find(({ kind }) => kind !== undefined);
  if (first?.kind === undefined || first.limit === undefined) return undefined;
  for (const { worker, limit, kind } of reached)
    if (limit !== undefined && kind !== undefined)
      evidence.add("workers", limitText(worker, limit, kind, now));
  return limitBlocker(first.limit, first.kind, now);
}

type LimitKind = NonNullable<ReturnType<typeof reachedKind>>;

/** Leases are newer than a heartbeat: more of them count as started, and where all are shown, no more than them. */
function limitOf(
  { worker, task, limit }: Candidate,
  name: string,
  { leases }: QueueFacts,
): LimitKind | undefined {
  if (limit === undefined) return undefined;
  const names = [name, ...(task === undefined ? [] : [task.name, ...(task.aliases ?? [])])];
  const held = leases.heldOf(worker.worker, names);
  const most = leases.showsAllOf(worker.worker) ? held : limit.running;
  const running = Math.max(Math.min(limit.running, most), held - limit.waiting.length);
  return reachedKind({ ...limit, running });
}

function limitText(
  { worker, seenAt }: WorkerPresence,
  limit: TaskLimitState,
  kind: LimitKind,
  now: number,
): string {
  const said = `${worker}, ${spanText(now - seenAt)} ago`;
  if (kind === "paused") return `task "${limit.task}" is paused in ${said}`;
  if (kind === "concurrency")
    return `${limit.concurrency} of ${limit.concurrency} jobs of task "${limit.task}" run in ${said}`;
  return `task "${limit.task}" starts ${rateText(limit.ratePerSecond ?? 0)} in ${said}`;
}

/** The blocker for a limit that is reached. */
export function limitBlocker(limit: TaskLimitState, kind: LimitKind, now: number): Blocker {
  const { task, concurrency = 0, ratePerSecond = 0 } = limit;
  if (kind === "paused") {
    return {
      cause: "task_paused",
      summary: `Task "${task}" is paused by the settings of the workers.`,
      hint: `Look at isPaused of the task: jobs config explain tasks.${task}.pause.`,
    };
  }
  if (kind === "concurrency") {
    return {
      cause: "concurrency_limit",
      summary: `${concurrency === 1 ? "One job" : `${concurrency} jobs`} of task "${task}" run, and a worker runs no more at once.`,
      hint: "Raise the concurrency of the task, or start more workers.",
    };
  }
  const until = nextStart(limit, now);
  return {
    cause: "rate_limit",
    summary: `The rate of task "${task}" is used up: ${rateText(ratePerSecond)}, the next start at ${untilText(until, now)}.`,
    until,
    hint: "Raise the rate of the task, or start more workers.",
  };
}

/** A worker that has used its rate up starts a job at each next chance, until its next heartbeat says otherwise. */
function nextStart({ nextStartAt = 0, ratePerSecond = 1 }: TaskLimitState, now: number): number {
  if (nextStartAt > now) return nextStartAt;
  const periodMs = 1_000 / ratePerSecond;
  return Math.round(nextStartAt + Math.ceil((now - nextStartAt) / periodMs) * periodMs);
}

function findFullWorkers(
  knowing: readonly Candidate[],
  facts: QueueFacts,
  evidence: EvidenceList,
): Blocker | undefined {
  const used = knowing.map(({ worker }) => ({ worker, used: usedSlots(worker, facts) }));
  if (used.some((one) => one.used < one.worker.concurrency)) return undefined;
  const shown = used.map(({ worker, used: slots }) => `${worker.worker} (${slots} of ${worker.concurrency})`);
  evidence.add("workers", `all slots are used: ${namesText(shown)}`);
  return {
    cause: "workers_busy",
    summary: `All slots of the workers of queue "${facts.name}" are used.`,
    hint: "Start more workers, or raise their concurrency.",
  };
}

function usedSlots({ worker, running }: WorkerPresence, { leases }: QueueFacts): number {
  return Math.max(running, leases.heldBy(worker));
}
