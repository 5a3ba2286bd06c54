import type { AppCoordination } from "../../coordination/open-coordination.ts";
import type { Envelope } from "../../envelope/envelope.ts";
import { withDeadline } from "../../runtime/deadline.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { type AnnouncedSignatures, type Announcements, readAnnouncements } from "./announce-signatures.ts";
import { type AnnouncedTask, announcesForm, readWorkers, type WorkerPresence } from "./heartbeat.ts";

/** Which signatures processes know. */
export interface SignatureFacts extends Announcements {
  readonly workers: readonly WorkerPresence[];
}

/** The coordination stores in which processes say what they know, see `AppCoordination`. */
export type FactSources = Pick<AppCoordination, "coordination" | "ofBroker">;

/**
 * Reads what processes say of the signatures that they know. `undefined` without a coordination store of the broker:
 * producers need not have a result store, so what they know is nowhere then.
 */
export async function readSignatureFacts({
  coordination,
  ofBroker,
}: FactSources): Promise<SignatureFacts | undefined> {
  if (ofBroker === undefined) return undefined;
  const [workers, announcements] = await Promise.all([
    readWorkers(coordination ?? ofBroker),
    readAnnouncements(ofBroker),
  ]);
  return { workers, ...announcements };
}

/** Who knows the signature of a job. */
export interface Knowers {
  /** Living workers that have its task with its signature. */
  readonly workers: readonly WorkerPresence[];
  /** Releases that have it, and of which a process enqueues or works. */
  readonly releases: readonly AnnouncedSignatures[];
  /** Living workers that have its task with another signature, which may accept its parameters all the same. */
  readonly others: readonly WorkerPresence[];
  /**
   * Whether nobody knows it, for certain. A signature that nobody has ever announced may be known to a process that
   * announces nothing.
   */
  readonly isUnknownToAll: boolean;
}

/** A job whose signature is looked for. */
export type SignedJob = Pick<Envelope, "task" | "sig" | "params" | "taskVersion">;

/**
 * Finds who knows the signature of a job. `refusedBy`: the form of its task that has refused it, so that processes with
 * this form do not count. A signature has no types, so with that of the job itself others may accept it.
 */
export function findKnowers(
  job: SignedJob,
  { workers, live, past }: SignatureFacts,
  refusedBy?: AnnouncedTask,
): Knowers {
  const formsOf = ({ tasks = [] }: Announcer) => tasks.filter((task) => hasName(task, job.task));
  const has = (one: Announcer) => formsOf(one).some((form) => announcesForm(form, job));
  const mayAccept = (one: Announcer) =>
    !has(one) && formsOf(one).some((form) => !isSameForm(form, refusedBy) && isEnoughFor(form, job));
  const saysAll = ({ tasks, hasMoreTasks }: Announcer) => tasks !== undefined && hasMoreTasks === undefined;
  const [knowing, releases, others] = [workers.filter(has), live.filter(has), workers.filter(mayAccept)];
  const isKnown = knowing.length + releases.length + others.length > 0 || live.some(mayAccept);
  const isCertain = job.sig !== "" && past.some(has) && [...workers, ...live].every(saysAll);
  return { workers: knowing, releases, others, isUnknownToAll: isCertain && !isKnown };
}

/** What a process says of its tasks. */
type Announcer = Pick<WorkerPresence, "tasks" | "hasMoreTasks">;

function hasName({ name, aliases = [] }: AnnouncedTask, task: string): boolean {
  return name === task || aliases.includes(task);
}

function isSameForm(task: AnnouncedTask, other: AnnouncedTask | undefined): boolean {
  return other?.name === task.name && other.sig === task.sig && other.version === task.version;
}

/**
 * Whether the names of a job may be enough for a form of its task. Unexpected names are no reason against it, since a
 * worker may drop them or know an earlier form. A hash does not tell. A version that a worker does not announce is
 * refused by it, whatever the names are.
 */
function isEnoughFor({ sig }: AnnouncedTask, { params, taskVersion }: SignedJob): boolean {
  if (taskVersion !== undefined) return false;
  if (sig === "" || sig.startsWith("sha256:")) return true;
  return sig.split(",").every((name) => name.endsWith("?") || Object.hasOwn(params, name));
}

/** A worker reads the coordination store for jobs that it cannot run at most this often, in ms. */
const LOOK_MS = 5_000;

/** How long such a job waits for the coordination store, in ms. */
const LOOK_TIMEOUT_MS = 2_000;

/** Answers for a worker whether somebody knows the signatures of jobs that it cannot run. */
export class KnownSignatures {
  readonly #sources: FactSources;
  readonly #runtime: Runtime;
  #looked: Promise<SignatureFacts | undefined> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #hasFailed = false;

  constructor(sources: FactSources, runtime: Runtime) {
    this.#sources = sources;
    this.#runtime = runtime;
  }

  /** Whether it can answer at all. */
  get isReadable(): boolean {
    return this.#sources.ofBroker !== undefined;
  }

  /** Whether nobody knows it, for certain. False where that cannot be read. It never rejects. */
  async isUnknownToAll(job: SignedJob, refusedBy?: AnnouncedTask): Promise<boolean> {
    const facts = await this.#look();
    return facts !== undefined && findKnowers(job, facts, refusedBy).isUnknownToAll;
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
    const { clock, report } = this.#runtime;
    const late = () => new Error(`no answer within ${LOOK_TIMEOUT_MS} ms`);
    try {
      const facts = await withDeadline(clock, LOOK_TIMEOUT_MS, readSignatureFacts(this.#sources), late);
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
