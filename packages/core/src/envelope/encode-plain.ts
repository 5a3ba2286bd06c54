import { escapeForXml, quote } from "./encode.ts";
import { ENVELOPE_VERSION, type JsonObject } from "./envelope.ts";

/** The text that all plain envelopes of a task share, written once: most of an envelope is the same in every job. */
export interface PlainForm {
  /** Up to the parameters. */
  readonly head: string;
  /** Between id and time. */
  readonly middle: string;
}

/** What differs from one plain envelope of a task to the next. */
export interface PlainJob {
  /** Checked for JSON already. */
  readonly params: JsonObject;
  /** Written as it is: one that would need escaping is no usable id and is refused with its message. */
  readonly id: string;
  /** ISO 8601. */
  readonly enqueuedAt: string;
}

/** The {@link PlainForm} of a task with its signature's fingerprint. */
export function plainForm(task: string, sig: string): PlainForm {
  return {
    head: `{"v":${ENVELOPE_VERSION},"task":${quote(task)},"params":`,
    middle: `","sig":${quote(sig)},"enqueuedAt":"`,
  };
}

/** Writes an envelope without optional fields, which is what nearly all jobs are: the same text as `encodeEnvelope`. */
export function encodePlainEnvelope(
  { head, middle }: PlainForm,
  { params, id, enqueuedAt }: PlainJob,
): string {
  return escapeForXml(`${head}${JSON.stringify(params)},"id":"${id}${middle}${enqueuedAt}"}`);
}
