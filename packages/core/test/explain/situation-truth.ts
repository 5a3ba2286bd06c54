import type { JobCause } from "../../src/entries/runtime.ts";
import type { App, LifecycleEvent, Worker } from "../../src/index.ts";
import type { JobKind, WorkerKind } from "./situation-steps.ts";

/** Starts of a `rated` job are so far apart in one worker, in ms. */
export const RATE_MS = 20_000;

/** A worker writes a heartbeat at least so often, in ms; a little is added for its way. */
const HEARTBEAT_MS = 10_100;

/** After so long without a heartbeat a worker is silent, in ms. */
const SILENT_MS = 20_000;

/** Which jobs a worker of each kind runs. `old` ones have a task of all. */
const RUNS: Readonly<Record<WorkerKind, readonly JobKind[]>> = {
  all: ["plain", "rare", "counted", "rated", "old"],
  common: ["plain", "counted", "rated", "old"],
  counted: ["counted"],
  rated: ["rated"],
};

/** A worker, as who started it knows it. */
export interface ModelWorker {
  readonly app: App;
  readonly worker: Worker;
  readonly kind: WorkerKind;
  readonly concurrency: number;
  killedAt: number | undefined;
  /** When it last started a rated job. */
  ratedAt: number;
}

/** A job, as its sender and the events of its workers know it. */
export interface ModelJob {
  readonly id: string;
  readonly kind: JobKind;
  readonly priority: number;
  /** False for a later step of a chain whose turn has not come. */
  isSent: boolean;
  dueAt: number;
  /** Why it waits for `dueAt`. */
  waitsFor: "time" | "deploy";
  end: "succeeded" | "dead" | "cancelled" | undefined;
  isCancelled: boolean;
  lease: { readonly by: ModelWorker; readonly at: number; until: number } | undefined;
  startedAt: number | undefined;
  /** For the second step of a chain that is not sent: its first step. */
  readonly after: ModelJob | undefined;
}

/** What is true, from steps and events alone. It reads no broker, no heartbeat and no store. */
export class Truth {
  readonly jobs: ModelJob[] = [];
  readonly workers: ModelWorker[] = [];
  isPaused = false;

  find(id: string): ModelJob | undefined {
    return this.jobs.find((job) => job.id === id);
  }

  /** An event of a worker that is not killed. */
  observe(event: LifecycleEvent, by: ModelWorker): void {
    if (!("job" in event) || by.killedAt !== undefined) return;
    const job = this.find(event.job.id);
    if (job === undefined) return;
    if (event.type === "job.started") {
      job.startedAt = event.at;
      if (job.kind === "rated") by.ratedAt = event.at;
    } else if (event.type === "job.retried" || event.type === "job.held") {
      job.dueAt = event.at + event.delayMs;
      job.waitsFor = event.type === "job.held" ? "deploy" : "time";
    } else if (event.type === "job.succeeded") this.#succeeded(job, event.at);
    else if (event.type === "job.dead") job.end = "dead";
    else if (event.type === "job.cancelled") job.end = "cancelled";
  }

  /** The next step of its chain is sent before the job is acked. */
  #succeeded(job: ModelJob, at: number): void {
    job.end = "succeeded";
    const next = this.jobs.find(({ after }) => after === job);
    if (next === undefined) return;
    next.isSent = true;
    next.dueAt = at;
  }

  /** The right answers about an id: mostly one, two while a heartbeat is on its way. */
  causes(id: string, now: number): readonly JobCause[] {
    const job = this.find(id);
    if (job === undefined) return ["not_found"];
    if (job.end !== undefined) return [job.end];
    if (job.after !== undefined && !job.isSent) return this.#causesOfUnsent(job.after);
    // The id of the first step is that of the flow.
    if (job.isCancelled || job.after?.isCancelled) return ["cancelled"];
    if (job.lease !== undefined && now < job.lease.until) return this.#causesOfLeased(job, job.lease, now);
    if (job.dueAt > now) return [job.waitsFor === "deploy" ? "held" : "delayed"];
    return this.#causesOfReady(job, now);
  }

  #causesOfUnsent(first: ModelJob): readonly JobCause[] {
    if (first.end === "dead" || first.end === "cancelled") return [first.end];
    return ["earlier_step"];
  }

  #causesOfLeased(
    { startedAt, kind }: ModelJob,
    { by, at }: NonNullable<ModelJob["lease"]>,
    now: number,
  ): readonly JobCause[] {
    if (by.killedAt !== undefined && now - by.killedAt >= SILENT_MS + HEARTBEAT_MS) return ["worker_lost"];
    const limit = kind === "rated" ? "rate_limit" : "concurrency_limit";
    const said = startedAt === undefined ? limit : "running";
    const since = startedAt ?? at;
    // Until the next heartbeat a job that has just started seems to wait for the limit that it waited for.
    const earlier: JobCause[] = startedAt !== undefined && at < startedAt ? ["leased", limit] : ["leased"];
    const causes: JobCause[] = (by.killedAt ?? now) - since > HEARTBEAT_MS ? [said] : [said, ...earlier];
    return by.killedAt === undefined ? causes : [...causes, "worker_lost"];
  }

  #causesOfReady(job: ModelJob, now: number): readonly JobCause[] {
    if (this.isPaused) return ["queue_paused"];
    const living = this.workers.filter(
      ({ worker, killedAt }) => killedAt === undefined && worker.state !== "stopped",
    );
    if (living.length === 0) return ["no_worker"];
    const available = living.filter(({ worker }) => worker.state === "running");
    if (available.length === 0) return ["workers_unavailable"];
    const knowing = available.filter(({ kind }) => RUNS[kind].includes(job.kind));
    if (knowing.length === 0) return ["unknown_task"];
    if (job.kind === "old") return ["signature_mismatch"];
    const isLimited = (one: ModelWorker) =>
      (job.kind === "counted" && this.#held(one, now).some(isStarted)) ||
      (job.kind === "rated" && now - one.ratedAt < RATE_MS);
    const isFull = (one: ModelWorker) => this.#held(one, now).length >= one.concurrency;
    const areFull = knowing.every(isFull);
    const isAhead = this.jobs.some((other) => this.#isReady(other, now) && comesBefore(other, job));
    const turn = areFull ? "workers_busy" : "ready";
    const order = isAhead ? "behind" : turn;
    if (!knowing.some(isLimited) || !knowing.every((one) => isLimited(one) || isFull(one))) return [order];
    const limit = job.kind === "rated" ? "rate_limit" : "concurrency_limit";
    // Both are true of a full worker whose limit is reached too.
    return areFull ? [limit, order] : [limit];
  }

  #held(worker: ModelWorker, now: number): readonly ModelJob[] {
    return this.jobs.filter(
      ({ lease, end }) => end === undefined && lease?.by === worker && now < lease.until,
    );
  }

  #isReady({ end, isSent, lease, dueAt }: ModelJob, now: number): boolean {
    const isLeased = lease !== undefined && now < lease.until;
    return end === undefined && isSent && !isLeased && dueAt <= now;
  }
}

function isStarted({ kind, startedAt }: ModelJob): boolean {
  return kind === "counted" && startedAt !== undefined;
}

function comesBefore(other: ModelJob, job: ModelJob): boolean {
  if (other === job || other.priority !== job.priority) return other.priority > job.priority;
  return readySince(other) < readySince(job);
}

/** A job whose lease has ended is last in line from then on. */
function readySince({ dueAt, lease }: ModelJob): number {
  return Math.max(dueAt, lease?.until ?? dueAt);
}
