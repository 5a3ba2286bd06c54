import type { CoordinationStore } from "../../coordination/coordination-store.ts";
import type { Envelope } from "../../envelope/envelope.ts";
import { withDeadline } from "../../runtime/deadline.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { type AnnouncedSignatures, readSignatures } from "./announce-signatures.ts";
import { type AnnouncedTask, readWorkers, type WorkerPresence } from "./heartbeat.ts";

/** Which signatures living processes know. */
export interface SignatureFacts {
  readonly workers: readonly WorkerPresence[];
  /** Those of each release, of its producers and its workers. */
  readonly releases: readonly AnnouncedSignatures[];
}

/** Reads what living processes say of the signatures that they know. */
export async function readSignatureFacts(coordination: CoordinationStore): Promise<SignatureFacts> {
  const [workers, releases] = await Promise.all([readWorkers(coordination), readSignatures(coordination)]);
  return { workers, releases };
}

/** Who knows the signature of a job. */
export interface Knowers {
  /** Living workers that have its task with its signature. */
  readonly workers: readonly WorkerPresence[];
  /** Releases that have it, and of which a process enqueues or works. */
  readonly releases: readonly AnnouncedSignatures[];
  /** Living workers that have its task with another signature, which may accept its parameters all the same. */
  readonly others: readonly WorkerPresence[];
  /** Whether somebody does not say all that it knows or may accept it, or the job does not say its signature. */
  readonly isUncertain: boolean;
}

/** Whether nobody knows the signature of a job, for certain. */
export function isUnknownToAll({ workers, releases, others, isUncertain }: Knowers): boolean {
  return !isUncertain && workers.length + releases.length + others.length === 0;
}

/** A job whose signature is looked for. */
export type SignedJob = Pick<Envelope, "task" | "sig" | "params">;

/**
 * Finds who knows the signature of a job. `refusedBy`: the form of its task that has refused it, so that processes with
 * this form do not count.
 */
export function findKnowers(
  job: SignedJob,
  { workers, releases }: SignatureFacts,
  refusedBy?: AnnouncedTask,
): Knowers {
  const formsOf = ({ tasks = [] }: Pick<WorkerPresence, "tasks">) =>
    tasks.filter((task) => hasName(task, job.task) && !hasRefused(task, job, refusedBy));
  const knows = (one: Pick<WorkerPresence, "tasks">) => formsOf(one).some(({ sig }) => sig === job.sig);
  const mayAccept = (one: Pick<WorkerPresence, "tasks">) =>
    !knows(one) && formsOf(one).some(({ sig }) => needsNoMoreThan(sig, Object.keys(job.params)));
  const saysAll = ({ tasks, hasMoreTasks }: Pick<WorkerPresence, "tasks" | "hasMoreTasks">) =>
    tasks !== undefined && hasMoreTasks === undefined;
  return {
    workers: workers.filter(knows),
    releases: releases.filter(knows),
    others: workers.filter(mayAccept),
    isUncertain: job.sig === "" || ![...workers, ...releases].every(saysAll) || releases.some(mayAccept),
  };
}

function hasName({ name, aliases = [] }: AnnouncedTask, task: string): boolean {
  return name === task || aliases.includes(task);
}

/** A signature has no types. So of a job with the same one it is not known whether others refuse it too. */
function hasRefused(task: AnnouncedTask, job: SignedJob, refusedBy: AnnouncedTask | undefined): boolean {
  return refusedBy?.name === task.name && refusedBy.sig === task.sig && task.sig !== job.sig;
}

/**
 * Whether these names may be enough for a signature. Unexpected names are no reason against it, since a worker may drop
 * them or know an earlier form. A hash does not tell.
 */
function needsNoMoreThan(sig: string, names: readonly string[]): boolean {
  if (sig === "" || sig.startsWith("sha256:")) return true;
  return sig.split(",").every((name) => name.endsWith("?") || names.includes(name));
}

/** A worker reads the coordination store for jobs that it cannot run at most this often, in ms. */
const LOOK_MS = 5_000;

/** How long such a job waits for the coordination store, in ms. */
const LOOK_TIMEOUT_MS = 2_000;

/** Answers for a worker whether somebody knows the signatures of jobs that it cannot run. */
export class KnownSignatures {
  readonly #coordination: CoordinationStore | undefined;
  readonly #runtime: Runtime;
  #looked: Promise<SignatureFacts | undefined> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #hasFailed = false;

  constructor(coordination: CoordinationStore | undefined, runtime: Runtime) {
    this.#coordination = coordination;
    this.#runtime = runtime;
  }

  /** Whether it can answer at all. */
  get isReadable(): boolean {
    return this.#coordination !== undefined;
  }

  /** Whether nobody knows it, for certain. False where that cannot be read. It never rejects. */
  async isUnknownToAll(job: SignedJob, refusedBy?: AnnouncedTask): Promise<boolean> {
    const facts = await this.#look();
    return facts !== undefined && isUnknownToAll(findKnowers(job, facts, refusedBy));
  }

  /** All jobs that come within some seconds share one look, also a failed one. */
  #look(): Promise<SignatureFacts | undefined> {
    const now = this.#runtime.clock.monotonic();
    if (this.#looked !== undefined && now - this.#lookedAt < LOOK_MS) return this.#looked;
    this.#lookedAt = now;
    this.#looked = this.#read();
    return this.#looked;
  }

  async #read(): Promise<SignatureFacts | undefined> {
    if (this.#coordination === undefined) return undefined;
    const { clock, report } = this.#runtime;
    const late = () => new Error(`no answer within ${LOOK_TIMEOUT_MS} ms`);
    try {
      const facts = await withDeadline(clock, LOOK_TIMEOUT_MS, readSignatureFacts(this.#coordination), late);
      this.#hasFailed = false;
      return facts;
    } catch (error) {
      const message = "who knows the signatures of jobs cannot be read; jobs that cannot run here are held";
      if (!this.#hasFailed) report({ source: "store", err: error }, message);
      this.#hasFailed = true;
      return undefined;
    }
  }
}
