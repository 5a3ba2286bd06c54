import type { TaskSettings } from "../config/app-config.ts";
import type { CodecName } from "../envelope/codecs.ts";
import { decodeMessage } from "../envelope/decode-message.ts";
import type { Envelope } from "../envelope/envelope.ts";
import { isJobsError } from "../errors/jobs-error.ts";
import { serializeError } from "../errors/serialized-error.ts";
import type { BoundHandler } from "../job/handler.ts";
import { holdDelay } from "../retry/postpone.ts";
import { bindParams } from "../task/bind-params.ts";
import type { Task } from "../task/task.ts";
import { bury, type Ending, hold, snooze } from "./ending.ts";
import type { Run } from "./run.ts";

/** A job that may run now. */
export interface AdmittedJob {
  readonly envelope: Envelope;
  readonly task: Task;
  readonly settings: TaskSettings;
  readonly handler: BoundHandler;
  /** What the handler gets. */
  readonly params: unknown;
}

/** What the door needs to know. */
export interface Admission {
  /** Task, handler and settings of a name, or `undefined` when this worker cannot run it. */
  resolve(task: string): { task: Task; handler: BoundHandler; settings: TaskSettings } | undefined;
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
export type Admitted =
  | { readonly job: AdmittedJob }
  | { readonly cancelled: Envelope }
  | { readonly ending: Ending };

/**
 * Decode → resolve → bind: decides whether a delivery runs here and now. Names the run on the way.
 * Synchronous unless the task's schema is not.
 */
export function admit(run: Run, admission: Admission): Admitted | Promise<Admitted> {
  const { delivery } = run;
  let envelope: Envelope;
  try {
    envelope = decodeMessage(delivery, admission.codecs);
  } catch (error) {
    return { ending: endUndecodable(run, error, admission) };
  }
  run.identify(envelope.id, envelope.task);
  run.chain = envelope.chain;
  if (admission.isCancelled(run)) return { cancelled: envelope };
  const early = checkBeforeRun(run, envelope, admission);
  if (early !== undefined) return { ending: early };
  const known = admission.resolve(envelope.task);
  if (known === undefined)
    return { ending: holdOrBury(run, { reason: "unknown_task", envelope, admission }) };
  const { task, handler, settings } = known;
  if (envelope.task !== task.name) run.identify(envelope.id, task.name);
  const mismatch = (error: unknown): Admitted => {
    const cause = {
      reason: "signature_mismatch" as const,
      envelope,
      admission,
      error,
      isFinal: settings.onMismatch === "dead",
    };
    return { ending: holdOrBury(run, cause) };
  };
  const admitted = (output: unknown): Admitted => ({
    job: { envelope, task, settings, handler, params: output },
  });
  try {
    const bound = bindParams(task, envelope.params, "work", settings.compat);
    if (bound instanceof Promise) return bound.then(({ output }) => admitted(output), mismatch);
    return admitted(bound.output);
  } catch (error) {
    return mismatch(error);
  }
}

function checkBeforeRun(run: Run, envelope: Envelope, admission: Admission): Ending | undefined {
  const { notBefore, expiresAt } = envelope;
  if (notBefore !== undefined) {
    const restMs = Date.parse(notBefore) - admission.now();
    if (restMs > 0) return snooze(run, Math.min(restMs, admission.maxRetryDelayMs), "not due yet");
  }
  if (expiresAt !== undefined && Date.parse(expiresAt) < admission.now()) return bury(run, "expired");
  if ((run.delivery.crashCount ?? 0) > admission.maxCrashes) return bury(run, "crash_loop");
  return undefined;
}

function endUndecodable(run: Run, error: unknown, admission: Admission): Ending {
  if (isJobsError(error, "envelope_version")) {
    return holdOrBury(run, { reason: "envelope_version", admission, error });
  }
  return bury(run, "undecodable", serializeError(error));
}

interface Mismatch {
  readonly reason: "unknown_task" | "signature_mismatch" | "envelope_version";
  readonly admission: Admission;
  readonly envelope?: Envelope;
  readonly error?: unknown;
  readonly isFinal?: boolean;
}

/** May be a rolling deploy: hold for a worker that knows the job, and set it aside when none came. */
function holdOrBury(run: Run, { reason, envelope, error, isFinal, admission }: Mismatch): Ending {
  const delayMs = isFinal ? undefined : holdDelay(run.delivery, ageOf(envelope, admission.now()));
  if (delayMs !== undefined) return hold(run, delayMs, reason);
  return bury(run, reason, error === undefined ? undefined : serializeError(error));
}

function ageOf(envelope: Envelope | undefined, now: number): number {
  if (envelope === undefined) return Number.POSITIVE_INFINITY;
  return now - Date.parse(envelope.notBefore ?? envelope.enqueuedAt);
}
