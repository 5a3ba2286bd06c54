import type { TaskSettings } from "../../config/app-config.ts";
import type { CodecName } from "../../envelope/codecs/codecs.ts";
import { decodeMessage, type EncodedMessage } from "../../envelope/decode.ts";
import type { Envelope } from "../../envelope/envelope.ts";
import { MalformedMessageError } from "../../errors/broker-errors.ts";
import { FlowValueError, SignatureError } from "../../errors/contract-errors.ts";
import { isJobsError } from "../../errors/jobs-error.ts";
import { type SerializedError, serializeError } from "../../errors/serialized-error.ts";
import type { BoundHandler } from "../../job/handler.ts";
import { FIRST_HOLD_MS, holdDelay } from "../../retry/decide-retry.ts";
import { type OnPolicyFault, policyFaults } from "../../retry/policy-faults.ts";
import { type BoundParams, bindJob, type Compat } from "../../task/bind-params.ts";
import { findUncheckedError } from "../../task/taken-params.ts";
import type { Task } from "../../task/task.ts";
import { announceTask } from "../presence/heartbeat.ts";
import { KnownSignatures } from "../presence/known-signatures.ts";
import type { RunParts } from "../worker-parts.ts";
import type { Run } from "./run.ts";
import type { RunOutcome } from "./run-outcome.ts";

/** A task that a worker can run. */
export interface RunnableTask {
  readonly task: Task;
  readonly handler: BoundHandler;
  readonly settings: TaskSettings;
  /** Warns once of its backoff function, and once of its predicates, that give no answer. */
  readonly reportFault: OnPolicyFault;
}

/** A job that may run now. */
export interface BoundJob {
  readonly status: "bound";
  readonly envelope: Envelope;
  readonly runnable: RunnableTask;
  /** What the handler gets. */
  readonly params: unknown;
}

/** A job to run, a job that must not run, or the outcome of a delivery without a run. */
export type Decoded =
  | BoundJob
  | { readonly status: "cancelled"; readonly envelope: Envelope }
  | { readonly status: "refused"; readonly outcome: RunOutcome };

/** Why a job cannot be run by this worker. */
interface Mismatch {
  readonly reason: "unknown_task" | "signature_mismatch" | "envelope_version";
  readonly envelope?: Envelope;
  /** The task here that has refused it. */
  readonly task?: Task;
  readonly error?: unknown;
  readonly isFinal?: boolean;
}

/** Decodes a job, finds its task and checks its parameters. So it decides whether a delivery can run here. */
export class JobDecoder {
  readonly #parts: RunParts;
  /** Tasks by name or alias, filled on use. */
  readonly #runnable = new Map<string, RunnableTask>();
  readonly #known: KnownSignatures;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#known = new KnownSignatures(parts.appCoordination, parts.runtime);
  }

  /** Decides about a run and sets its id and task. Synchronous for a job that can run, unless its schema is not. */
  decode(run: Run): Decoded | Promise<Decoded> {
    let envelope: Envelope;
    try {
      envelope = readJob(run.delivery, {
        codecs: this.#parts.settings.codecs,
        maxMessageBytes: run.source.maxMessageBytes,
      });
    } catch (error) {
      return refuse(this.#endUndecodable(run, error));
    }
    run.identify(envelope.id, envelope.task, envelope);
    if (this.#parts.cancellations.has(run)) return { status: "cancelled", envelope };
    const early = this.#checkBeforeRun(run, envelope);
    if (early !== undefined) return refuse(early);
    const runnable = this.#resolve(envelope.task);
    if (runnable === undefined) return this.#holdOrSetAside(run, { reason: "unknown_task", envelope });
    const { name } = runnable.task;
    if (envelope.task !== name) run.identify(envelope.id, name, envelope);
    return this.#bind(run, envelope, runnable);
  }

  /** Finds a task by its name or an alias; `undefined` when there is no handler for it here. */
  #resolve(name: string): RunnableTask | undefined {
    const known = this.#runnable.get(name);
    if (known !== undefined) return known;
    const { tasks, handlers, config, runtime } = this.#parts;
    const task = tasks.find(name);
    const handler = task && handlers.get(task.name);
    if (task === undefined || handler === undefined) return undefined;
    const runnable = this.#runnable.get(task.name) ?? {
      task,
      handler,
      settings: config.task(task.name),
      reportFault: policyFaults(task.name, runtime.report),
    };
    this.#runnable.set(task.name, runnable).set(name, runnable);
    return runnable;
  }

  #bind(run: Run, envelope: Envelope, runnable: RunnableTask): Decoded | Promise<Decoded> {
    const { task, settings } = runnable;
    try {
      const bound = acceptParams(task, envelope, settings.compat);
      if (!(bound instanceof Promise)) return { status: "bound", envelope, runnable, params: bound.output };
      return bound.then(
        ({ output }) => ({ status: "bound", envelope, runnable, params: output }),
        (error: unknown) => this.#refuseMismatch(run, envelope, runnable, error),
      );
    } catch (error) {
      return this.#refuseMismatch(run, envelope, runnable, error);
    }
  }

  /**
   * A job whose upcaster fails is not held: the fault is in this release. Nor is a job with values that a flow's step
   * cannot take, since no release accepts them.
   */
  #refuseMismatch(
    run: Run,
    envelope: Envelope,
    { task, settings }: RunnableTask,
    error: unknown,
  ): Decoded | Promise<Decoded> {
    const reason = "signature_mismatch";
    if (error instanceof FlowValueError)
      return refuse({ status: "dead", reason, error: serializeError(error) });
    const isFinal = settings.onMismatch === "dead" || isFaultOfStep(error);
    return this.#holdOrSetAside(run, { reason, envelope, task, error, isFinal });
  }

  #checkBeforeRun(run: Run, envelope: Envelope): RunOutcome | undefined {
    const { runtime, settings, maxRetryDelayMs } = this.#parts;
    const { notBefore, expiresAt } = envelope;
    if (notBefore !== undefined) {
      const restMs = Date.parse(notBefore) - runtime.clock.now();
      const delayMs = Math.min(restMs, maxRetryDelayMs);
      if (restMs > 0) return { status: "snoozed", delayMs, reason: "not due yet" };
    }
    if (expiresAt !== undefined && Date.parse(expiresAt) < runtime.clock.now())
      return { status: "dead", reason: "expired" };
    if ((run.delivery.crashCount ?? 0) > settings.maxCrashes) return { status: "dead", reason: "crash_loop" };
    return undefined;
  }

  #endUndecodable(run: Run, error: unknown): RunOutcome {
    if (isJobsError(error, "envelope_version")) {
      return this.#holdOrDeadLetter(run, { reason: "envelope_version", error });
    }
    return { status: "dead", reason: "undecodable", error: serializeError(error) };
  }

  /** Holds the job for a worker of another release. It becomes a dead letter at once if nobody knows its signature. */
  #holdOrSetAside(run: Run, mismatch: Mismatch): Decoded | Promise<Decoded> {
    const held = this.#holdOrDeadLetter(run, mismatch);
    const { envelope, task, reason } = mismatch;
    if (held.status !== "held" || envelope === undefined || !this.#mayBeUnknown(envelope))
      return refuse(held);
    const refusedBy = task && announceTask(task);
    return this.#known
      .isUnknownToAll(envelope, refusedBy)
      .then((isUnknown) =>
        refuse(isUnknown ? { status: "dead", reason, error: unknownToAll(envelope, mismatch) } : held),
      );
  }

  /**
   * A job without a signature is of another system. A young one was sent a moment ago, so that its producer lives, and
   * may not have announced itself yet.
   */
  #mayBeUnknown({ sig, enqueuedAt }: Envelope): boolean {
    const ageMs = this.#parts.runtime.clock.now() - Date.parse(enqueuedAt);
    return this.#known.isReadable && sig !== "" && ageMs >= FIRST_HOLD_MS;
  }

  /** After all holds the job becomes a dead letter. */
  #holdOrDeadLetter(run: Run, { reason, envelope, error, isFinal }: Mismatch): RunOutcome {
    const now = this.#parts.runtime.clock.now();
    const delayMs = isFinal ? undefined : holdDelay(run.delivery, ageOf(envelope, now));
    if (delayMs !== undefined) return { status: "held", delayMs, reason };
    return { status: "dead", reason, error: error === undefined ? undefined : serializeError(error) };
  }
}

/** The error of a dead letter that was not held. */
function unknownToAll({ task, sig, taskVersion }: Envelope, { reason, error }: Mismatch): SerializedError {
  const version = taskVersion === undefined ? "" : `version ${taskVersion} of `;
  const what = `no live worker or producer knows ${version}the signature (${sig}) of task "${task}"`;
  if (error === undefined) return { name: "DeadLetter", message: what, code: reason };
  const serialized = serializeError(error);
  return { ...serialized, message: `${what}: ${serialized.message}` };
}

function refuse(outcome: RunOutcome): Decoded {
  return { status: "refused", outcome };
}

function ageOf(envelope: Envelope | undefined, now: number): number {
  if (envelope === undefined) return Number.POSITIVE_INFINITY;
  return now - Date.parse(envelope.notBefore ?? envelope.enqueuedAt);
}

// Whether a release runs a job is decided by the functions below and nowhere else. The worker asks before each run;
// `app.checkJobs` asks before a deploy, and `jobs dlq retry` before a redrive. A second copy would say "fits" of jobs
// that the worker then refuses.

/** What a worker reads of the bodies of a queue. */
export interface ReadLimits {
  /** The other systems whose bodies it reads. */
  readonly codecs: readonly CodecName[];
  /** The longest body of the queue, in bytes. */
  readonly maxMessageBytes: number;
}

/** A UTF-16 unit is three bytes of UTF-8 at most. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * Reads the job of a message. Other programs may store larger bodies than the queue allows; these are not read.
 * @throws MalformedMessageError · EnvelopeVersionError for a job of a newer release
 */
export function readJob(message: EncodedMessage, { codecs, maxMessageBytes }: ReadLimits): Envelope {
  checkBodySize(message.body, maxMessageBytes);
  return decodeMessage(message, codecs);
}

function checkBodySize(body: string, maxMessageBytes: number): void {
  if (body.length * MAX_BYTES_PER_UNIT <= maxMessageBytes) return;
  const bytes = Buffer.byteLength(body);
  if (bytes <= maxMessageBytes) return;
  throw new MalformedMessageError(
    `the message cannot be trusted: it is ${bytes} bytes; the queue accepts ${maxMessageBytes}.`,
    {
      hint: "Another program stored a message over the limit; raise maxMessageBytes to run such jobs.",
    },
  );
}

/**
 * Checks the parameters of a job against its task. Synchronous unless the task's schema is not, or values that a flow
 * took are refused.
 * @throws SignatureError where another release may accept them · FlowValueError where none can
 */
export function acceptParams(
  task: Task,
  envelope: Envelope,
  compat: Compat | undefined,
): BoundParams | Promise<BoundParams> {
  const { unchecked: takes } = envelope;
  if (takes === undefined) return bindJob(task, envelope, compat);
  const refuseTaken = async (error: unknown): Promise<never> => {
    throw (await findUncheckedError(task, { ...envelope, takes })) ?? error;
  };
  try {
    const bound = bindJob(task, envelope, compat);
    return bound instanceof Promise ? bound.catch(refuseTaken) : bound;
  } catch (error) {
    return refuseTaken(error);
  }
}

/** Whether an upcaster of this release is wrong, so that waiting for another worker does not help. */
export function isFaultOfStep(error: unknown): boolean {
  return error instanceof SignatureError && error.step !== undefined;
}
