import type { AppConfig, TaskSettings } from "../../config/app-config.ts";
import type { CodecName } from "../../envelope/codecs.ts";
import { decodeMessage } from "../../envelope/decode.ts";
import type { Envelope } from "../../envelope/envelope.ts";
import { MalformedMessageError } from "../../errors/broker-errors.ts";
import { isJobsError } from "../../errors/jobs-error.ts";
import { serializeError } from "../../errors/serialized-error.ts";
import type { BoundHandler } from "../../job/handler.ts";
import { holdDelay } from "../../retry/decide-retry.ts";
import { bindParams } from "../../task/bind-params.ts";
import type { TaskRegistry } from "../../task/registry.ts";
import type { Task } from "../../task/task.ts";
import type { Run } from "./run.ts";
import type { RunOutcome } from "./run-outcome.ts";

/** A job that may run now. */
export interface BoundJob {
  readonly status: "admitted";
  readonly envelope: Envelope;
  readonly runnable: RunnableTask;
  /** What the handler gets. */
  readonly params: unknown;
}

/** What the door needs to know. */
export interface DecodeParts {
  /** `undefined` when this worker cannot run tasks of that name. */
  resolve(task: string): RunnableTask | undefined;
  /** Systems whose jobs are read beside our own. */
  readonly codecs: readonly CodecName[];
  readonly maxCrashes: number;
  readonly maxRetryDelayMs: number;
  /** Whether nobody wants the job any more. */
  isCancelled(run: Run): boolean;
  /** ms since 1970. */
  now(): number;
}

/** A job to run, one that is not to run any more, or how the delivery ends without a run. */
export type Decoded =
  | BoundJob
  | { readonly status: "cancelled"; readonly envelope: Envelope }
  | { readonly status: "refused"; readonly outcome: RunOutcome };

/**
 * Decode → resolve → bind: decides whether a delivery runs here and now. Names the run on the way.
 * Synchronous unless the task's schema is not.
 */
export function decodeAndBind(run: Run, admission: DecodeParts): Decoded | Promise<Decoded> {
  let envelope: Envelope;
  try {
    checkBodySize(run);
    envelope = decodeMessage(run.delivery, admission.codecs);
  } catch (error) {
    return refuse(endUndecodable(run, error, admission));
  }
  run.identify(envelope.id, envelope.task);
  run.envelope = envelope;
  if (admission.isCancelled(run)) return { status: "cancelled", envelope };
  const early = checkBeforeRun(run, envelope, admission);
  if (early !== undefined) return refuse(early);
  const runnable = admission.resolve(envelope.task);
  if (runnable === undefined) {
    return refuse(holdOrDeadLetter(run, { reason: "unknown_task", envelope, admission }));
  }
  if (envelope.task !== runnable.task.name) run.identify(envelope.id, runnable.task.name);
  return bind(run, envelope, runnable, admission);
}

/** A UTF-16 unit is three bytes of UTF-8 at most. */
const MAX_BYTES_PER_UNIT = 3;

/** Others may have stored more than this queue takes: it was never meant to be read. @throws MalformedMessageError */
function checkBodySize({ delivery: { body }, source: { maxMessageBytes } }: Run): void {
  if (body.length * MAX_BYTES_PER_UNIT <= maxMessageBytes) return;
  const bytes = Buffer.byteLength(body);
  if (bytes <= maxMessageBytes) return;
  throw new MalformedMessageError(
    `the message cannot be trusted: it is ${bytes} bytes; the queue accepts ${maxMessageBytes}.`,
    {
      hint: "Whoever stored it went past the limit; raise maxMessageBytes where such jobs are meant to run.",
    },
  );
}

function bind(
  run: Run,
  envelope: Envelope,
  runnable: RunnableTask,
  admission: DecodeParts,
): Decoded | Promise<Decoded> {
  const { task, settings } = runnable;
  try {
    const bound = bindParams(task, envelope.params, "work", settings.compat);
    if (!(bound instanceof Promise)) return { status: "admitted", envelope, runnable, params: bound.output };
    return bound.then(({ output }) => ({ status: "admitted", envelope, runnable, params: output }), mismatch);
  } catch (error) {
    return mismatch(error);
  }

  function mismatch(error: unknown): Decoded {
    const isFinal = settings.onMismatch === "dead";
    return refuse(
      holdOrDeadLetter(run, { reason: "signature_mismatch", envelope, admission, error, isFinal }),
    );
  }
}

function refuse(outcome: RunOutcome): Decoded {
  return { status: "refused", outcome };
}

function checkBeforeRun(run: Run, envelope: Envelope, admission: DecodeParts): RunOutcome | undefined {
  const { notBefore, expiresAt } = envelope;
  if (notBefore !== undefined) {
    const restMs = Date.parse(notBefore) - admission.now();
    const delayMs = Math.min(restMs, admission.maxRetryDelayMs);
    if (restMs > 0) return { status: "snoozed", delayMs, reason: "not due yet" };
  }
  if (expiresAt !== undefined && Date.parse(expiresAt) < admission.now())
    return { status: "dead", reason: "expired" };
  if ((run.delivery.crashCount ?? 0) > admission.maxCrashes) return { status: "dead", reason: "crash_loop" };
  return undefined;
}

function endUndecodable(run: Run, error: unknown, admission: DecodeParts): RunOutcome {
  if (isJobsError(error, "envelope_version")) {
    return holdOrDeadLetter(run, { reason: "envelope_version", admission, error });
  }
  return { status: "dead", reason: "undecodable", error: serializeError(error) };
}

interface Mismatch {
  readonly reason: "unknown_task" | "signature_mismatch" | "envelope_version";
  readonly admission: DecodeParts;
  readonly envelope?: Envelope;
  readonly error?: unknown;
  readonly isFinal?: boolean;
}

/** May be a rolling deploy: hold for a worker that knows the job, and set it aside when none came. */
function holdOrDeadLetter(run: Run, { reason, envelope, error, isFinal, admission }: Mismatch): RunOutcome {
  const delayMs = isFinal ? undefined : holdDelay(run.delivery, ageOf(envelope, admission.now()));
  if (delayMs !== undefined) return { status: "held", delayMs, reason };
  return { status: "dead", reason, error: error === undefined ? undefined : serializeError(error) };
}

function ageOf(envelope: Envelope | undefined, now: number): number {
  if (envelope === undefined) return Number.POSITIVE_INFINITY;
  return now - Date.parse(envelope.notBefore ?? envelope.enqueuedAt);
}

/** A task that a worker can run. */
export interface RunnableTask {
  readonly task: Task;
  readonly handler: BoundHandler;
  readonly settings: TaskSettings;
}

/** What says which tasks a worker can run. */
export interface KnownTasks {
  readonly tasks: TaskRegistry;
  readonly handlers: ReadonlyMap<string, BoundHandler>;
  readonly config: AppConfig;
}

/** Finds a task by its name or an alias; `undefined` when there is no handler for it here. What was found once is kept. */
export function taskResolver({
  tasks,
  handlers,
  config,
}: KnownTasks): (name: string) => RunnableTask | undefined {
  const found = new Map<string, RunnableTask>();
  return (name) => {
    const known = found.get(name);
    if (known !== undefined) return known;
    const task = tasks.find(name);
    const handler = task && handlers.get(task.name);
    if (task === undefined || handler === undefined) return undefined;
    const runnable = { task, handler, settings: config.task(task.name) };
    found.set(name, runnable);
    return runnable;
  };
}
