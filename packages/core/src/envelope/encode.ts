import { NotJsonError } from "../errors/contract-errors.ts";
import { stepInto } from "../json/value-path.ts";
import { ENVELOPE_VERSION, type Envelope, type JsonObject } from "./envelope.ts";
import { isKnownField } from "./fields.ts";

/** Texts that need no escaping: most of an envelope's fields, and testing is faster than escaping. */
const PLAIN_TEXT = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** The two characters that JSON may hold as they are and XML 1.0, which SQS speaks, may not. */
const NOT_IN_XML = /[\uFFFE\uFFFF]/;

/**
 * Writes an envelope as JSON in a fixed key order, the same text for the same job. Fields that this release does not
 * know (an envelope read from a newer one) are kept. The text is valid in XML 1.0, whatever the parameters hold.
 * Parameters must have passed the JSON check.
 * @throws NotJsonError when a header is not text.
 */
export function encodeEnvelope(envelope: Envelope): string {
  return escapeForXml(`${encodeKnown(envelope)}${unknownFields(envelope)}${headersField(envelope)}}`);
}

/** The same for an envelope that was just made here, and so has no field unknown to this release. */
export function encodeNewEnvelope(envelope: Envelope): string {
  return escapeForXml(`${encodeKnown(envelope)}${headersField(envelope)}}`);
}

function encodeKnown(envelope: Envelope): string {
  const { v, task, params, id, sig, enqueuedAt } = envelope;
  return `{"v":${v},"task":${quote(task)},"params":${JSON.stringify(params)},"id":${quote(id)},"sig":${quote(sig)},"enqueuedAt":${quote(enqueuedAt)}${optionalFields(envelope)}`;
}

function optionalFields(envelope: Envelope): string {
  return (
    numberField("maxAttempts", envelope.maxAttempts) +
    textField("notBefore", envelope.notBefore) +
    textField("expiresAt", envelope.expiresAt) +
    textField("queue", envelope.queue) +
    textField("domain", envelope.domain) +
    numberField("priorAttempts", envelope.priorAttempts) +
    textField("chain", envelope.chain) +
    textField("chainStartedAt", envelope.chainStartedAt) +
    jsonField("next", envelope.next) +
    jsonField("join", envelope.join) +
    textField("parent", envelope.parent) +
    textField("group", envelope.group) +
    textField("dedupeKey", envelope.dedupeKey) +
    textField("rel", envelope.rel)
  );
}

function textField(name: keyof Envelope, value: string | undefined): string {
  return value === undefined ? "" : `,"${name}":${quote(value)}`;
}

function numberField(name: keyof Envelope, value: number | undefined): string {
  return value === undefined ? "" : `,"${name}":${value}`;
}

function jsonField(name: keyof Envelope, value: object | undefined): string {
  return value === undefined ? "" : `,"${name}":${JSON.stringify(value)}`;
}

function unknownFields(envelope: Envelope): string {
  let text = "";
  for (const field in envelope) {
    if (isKnownField(field)) continue;
    const value: unknown = envelope[field as keyof Envelope];
    if (value !== undefined) text += `,${quote(field)}:${JSON.stringify(value)}`;
  }
  return text;
}

function headersField({ headers }: Envelope): string {
  if (headers === undefined) return "";
  for (const name in headers) {
    if (typeof headers[name] === "string") continue;
    throw new NotJsonError(`headers${stepInto(name)}`, "not a text", "Headers are an object of texts.");
  }
  return `,"headers":${JSON.stringify(headers)}`;
}

/** A text as JSON has it. */
function quote(text: string): string {
  return PLAIN_TEXT.test(text) ? `"${text}"` : JSON.stringify(text);
}

/**
 * JSON in which XML 1.0 finds nothing it refuses. Looking through the text also makes one piece of it: in memory, the
 * parts of a job would take twice the room.
 */
function escapeForXml(text: string): string {
  if (!NOT_IN_XML.test(text)) return text;
  return text.replaceAll("\uFFFE", "\\ufffe").replaceAll("\uFFFF", "\\uffff");
}

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
