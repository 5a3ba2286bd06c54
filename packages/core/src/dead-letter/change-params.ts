import type { StoredMessage } from "../broker/stored-message.ts";
import { readEnvelope } from "../envelope/decode.ts";
import { encodeEnvelope } from "../envelope/encode.ts";
import type { Envelope, JsonObject } from "../envelope/envelope.ts";
import type { SerializedError } from "../errors/serialized-error.ts";
import { describeThrown } from "../errors/to-error.ts";
import { findParamsError } from "../json/json-safety.ts";
import { hasTooManyParts } from "../json/scan-json-text.ts";
import { isObject } from "../options/is-object.ts";
import { checkParams, type JobRules, type RefusalReason } from "../stored/accept-stored.ts";
import type { DeadKey } from "./dead-groups.ts";

/** A dead letter whose parameters may be changed. */
export interface DeadJob extends DeadKey {
  readonly id: string;
  /** Name of the queue without prefix. */
  readonly queue: string;
  /** Since when it is dead, in ms since 1970. */
  readonly deadAt: number;
  readonly error?: SerializedError | undefined;
  /** ISO 8601. */
  readonly enqueuedAt: string;
  readonly tags: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Gives a dead letter other parameters. It gets those that are stored, and returns all that the job shall have.
 * `undefined` leaves the job where it is.
 */
export type ChangeParams = (
  params: JsonObject,
  job: DeadJob,
) => Readonly<Record<string, unknown>> | undefined | Promise<Readonly<Record<string, unknown>> | undefined>;

/** Why a dead letter is not put back. The message names parameters, never values. */
export interface UnfitLetter {
  readonly status: "unfit";
  readonly reason: RefusalReason | "not_changeable" | "payload_too_large";
  readonly message: string;
}

/** A dead letter that can be put back. `body`: its new one; left out where nothing changed. */
export interface FitLetter {
  readonly status: "fit";
  readonly body?: string;
}

/**
 * Makes the body of a job with other parameters. It keeps id, headers, flow and all other fields; `sig` becomes today's.
 * The parameters must fit today's task.
 */
export async function changeLetter(
  message: StoredMessage,
  change: ChangeParams,
  { job, envelope, rules, maxBytes }: ChangeParts,
): Promise<FitLetter | UnfitLetter | { readonly status: "skipped" }> {
  // A body of another system has a form that only its own programs know.
  if (readEnvelope(message) === undefined)
    return unfit("not_changeable", "it is a job of another system, whose body is not rewritten.");
  const task = rules.tasks.find(envelope.task);
  if (task === undefined) return unfit("unknown_task", `this app has no task "${envelope.task}".`);
  let changed: Awaited<ReturnType<ChangeParams>>;
  try {
    changed = await change(envelope.params, job);
  } catch (error) {
    return unfit("not_changeable", `the change failed: ${describeThrown(error)}`);
  }
  if (changed === undefined) return { status: "skipped" };
  if (!isObject(changed)) return unfit("not_changeable", "the change returned no object of parameters.");
  const wrong = findParamsError(changed, "params");
  if (wrong !== undefined) return unfit("not_changeable", wrong.message);
  const text = JSON.stringify(changed);
  const params = JSON.parse(text) as JsonObject;
  if (text === JSON.stringify(envelope.params)) {
    const same = await checkParams(envelope, task, rules.config);
    return same.status === "refused" ? unfit(same.reason, same.message) : { status: "fit" };
  }
  const { unchecked: _, taskVersion: __, ...kept } = envelope;
  const { version } = task.options;
  const today = version === undefined ? {} : { taskVersion: version };
  const next: Envelope = { ...kept, params, sig: task.signature.fingerprint, ...today };
  const checked = await checkParams(next, task, rules.config);
  if (checked.status === "refused") return unfit(checked.reason, checked.message);
  const body = encodeEnvelope(next);
  const bytes = Buffer.byteLength(body);
  if (bytes > maxBytes || hasTooManyParts(body))
    return unfit(
      "payload_too_large",
      `with the new parameters it is ${bytes} bytes; the queue accepts ${maxBytes}.`,
    );
  return { status: "fit", body };
}

/** What a change needs besides the message. */
export interface ChangeParts {
  readonly job: DeadJob;
  readonly envelope: Envelope;
  readonly rules: JobRules;
  /** The largest body that its queue accepts. */
  readonly maxBytes: number;
}

function unfit(reason: UnfitLetter["reason"], message: string): UnfitLetter {
  return { status: "unfit", reason, message };
}
