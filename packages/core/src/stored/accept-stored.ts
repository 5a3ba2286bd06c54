import type { DeadReason } from "../broker/settlement.ts";
import type { AppConfig } from "../config/app-config.ts";
import { decodeMessage, type EncodedMessage } from "../envelope/decode.ts";
import type { Envelope } from "../envelope/envelope.ts";
import { isJobsError } from "../errors/jobs-error.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Task } from "../task/task.ts";
import { acceptParams } from "../worker/run/decode-and-bind.ts";

/** The parts of an app that decide whether it can run a job. */
export interface JobRules {
  readonly tasks: TaskRegistry;
  readonly config: AppConfig;
}

/** Why a worker of this release would not run a stored job. */
export type RefusalReason = Extract<
  DeadReason,
  "undecodable" | "envelope_version" | "unknown_task" | "signature_mismatch" | "expired"
>;

/** A stored job that this release would not run. The message names parameters, never values. */
export interface RefusedJob {
  readonly status: "refused";
  readonly reason: RefusalReason;
  readonly message: string;
  /** Left out where the body cannot be read. */
  readonly envelope?: Envelope;
}

/** A stored job that this release would run. */
export interface AcceptedJob {
  readonly status: "accepted";
  readonly envelope: Envelope;
  readonly task: Task;
  /** What its handler gets. */
  readonly output: unknown;
}

/**
 * Whether a worker of this release would run a stored job. It reads the body, finds the task and checks the parameters
 * as the worker does, and changes nothing. `now`: in ms since 1970.
 */
export async function acceptStored(
  message: EncodedMessage,
  rules: JobRules,
  now: number,
): Promise<AcceptedJob | RefusedJob> {
  const { tasks, config } = rules;
  let envelope: Envelope;
  try {
    envelope = decodeMessage(message, config.worker.codecs);
  } catch (error) {
    if (!isJobsError(error)) throw error;
    const reason = error.code === "envelope_version" ? "envelope_version" : "undecodable";
    return { status: "refused", reason, message: error.message };
  }
  const { expiresAt } = envelope;
  if (expiresAt !== undefined && Date.parse(expiresAt) < now)
    return {
      status: "refused",
      reason: "expired",
      message: `it had to start before ${expiresAt}.`,
      envelope,
    };
  const task = tasks.find(envelope.task);
  if (task !== undefined) return checkParams(envelope, task, config);
  const known = `this app has no task "${envelope.task.slice(0, 80)}".`;
  return { status: "refused", reason: "unknown_task", message: known, envelope };
}

/** Checks the parameters of a job of `task`, as its worker does. */
export async function checkParams(
  envelope: Envelope,
  task: Task,
  config: AppConfig,
): Promise<AcceptedJob | RefusedJob> {
  try {
    const { output } = await acceptParams(task, envelope, config.task(task.name).compat);
    return { status: "accepted", envelope, task, output };
  } catch (error) {
    if (!isJobsError(error)) throw error;
    return { status: "refused", reason: "signature_mismatch", message: error.message, envelope };
  }
}
