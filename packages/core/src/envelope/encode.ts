import { NotJsonError } from "../errors/contract-errors.ts";
import { stepInto } from "../json/value-path.ts";
import { ENVELOPE_VERSION, type Envelope, type JsonObject } from "./envelope.ts";
import { isKnownField } from "./fields.ts";

/** Texts that need no escaping. Most fields are such texts, and this test is faster than escaping. */
const PLAIN_TEXT = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** Two characters that are allowed in JSON but not in XML 1.0, which SQS uses. */
const NOT_IN_XML = /[\uFFFE\uFFFF]/;

/**
 * Writes an envelope as JSON in a fixed key order, the same text for the same job. Fields that this release does not
 * know (from a newer envelope) are kept. The text is valid in XML 1.0, whatever the parameters contain. The parameters
 * must have passed the JSON check.
 * @throws NotJsonError when a header is not text.
 */
export function encodeEnvelope(envelope: Envelope): string {
  return escapeForXml(`${encodeKnown(envelope)}${unknownFields(envelope)}${lastFields(envelope)}}`);
}

/** The same for an envelope that this release made, and so without unknown fields. */
export function encodeNewEnvelope(envelope: Envelope): string {
  return escapeForXml(`${encodeKnown(envelope)}${lastFields(envelope)}}`);
}

function encodeKnown(envelope: Envelope): string {
  const { v, task, params, id, sig, enqueuedAt } = envelope;
  return `{"v":${v},"task":${quote(task)},"params":${JSON.stringify(params)},"id":${quote(id)},"sig":${quote(sig)},"enqueuedAt":${quote(enqueuedAt)}${optionalFields(envelope)}`;
}

function optionalFields(envelope: Envelope): string {
  return (
    numberField("maxAttempts", envelope.maxAttempts) +
    jsonField("backoff", envelope.backoff) +
    textField("notBefore", envelope.notBefore) +
    textField("expiresAt", envelope.expiresAt) +
    textField("queue", envelope.queue) +
    textField("domain", envelope.domain) +
    numberField("priorAttempts", envelope.priorAttempts) +
    textField("chain", envelope.chain) +
    textField("chainStartedAt", envelope.chainStartedAt) +
    jsonField("next", envelope.next) +
    jsonField("join", envelope.join) +
    jsonField("unchecked", envelope.unchecked) +
    textField("parent", envelope.parent) +
    textField("group", envelope.group) +
    textField("dedupeKey", envelope.dedupeKey) +
    textField("rel", envelope.rel) +
    numberField("taskVersion", envelope.taskVersion)
  );
}

function textField(name: keyof Envelope, value: string | undefined): string {
  return value === undefined ? "" : `,"${name}":${quote(value)}`;
}

function numberField(name: keyof Envelope, value: number | undefined): string {
  return value === undefined ? "" : `,"${name}":${value}`;
}

function jsonField(name: keyof Envelope, value: object | number | undefined): string {
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

/** Behind unknown fields, where earlier releases wrote tags that they did not know. */
function lastFields(envelope: Envelope): string {
  return jsonField("tags", envelope.tags) + headersField(envelope);
}

function headersField({ headers }: Envelope): string {
  if (headers === undefined) return "";
  for (const name in headers) {
    if (typeof headers[name] === "string") continue;
    throw new NotJsonError(`headers${stepInto(name)}`, "not a text", "Headers are an object of texts.");
  }
  return `,"headers":${JSON.stringify(headers)}`;
}

/** Quotes and escapes a text for JSON. */
function quote(text: string): string {
  return PLAIN_TEXT.test(text) ? `"${text}"` : JSON.stringify(text);
}

/**
 * JSON without characters that XML 1.0 refuses. The search also flattens the text: concatenated pieces would take twice
 * the memory.
 */
function escapeForXml(text: string): string {
  if (!NOT_IN_XML.test(text)) return text;
  return text.replaceAll("\uFFFE", "\\ufffe").replaceAll("\uFFFF", "\\uffff");
}

/** The text that all plain envelopes of a task share. It is made once, since it is most of an envelope. */
export interface PlainForm {
  /** The text before the parameters. */
  readonly head: string;
  /** The text between id and time. */
  readonly middle: string;
  /** The text after the time. */
  readonly tail: string;
}

/** The fields that differ between plain envelopes of a task. */
export interface PlainJob {
  /** Has passed the JSON check. */
  readonly params: JsonObject;
  /** Written without escaping: an id that needs escaping is invalid, and its message is refused. */
  readonly id: string;
  /** ISO 8601. */
  readonly enqueuedAt: string;
}

/** The {@link PlainForm} of a task with its signature's fingerprint and its version. */
export function plainForm(task: string, sig: string, taskVersion?: number): PlainForm {
  return {
    head: escapeForXml(`{"v":${ENVELOPE_VERSION},"task":${quote(task)},"params":`),
    middle: `","sig":${quote(sig)},"enqueuedAt":"`,
    tail: `"${numberField("taskVersion", taskVersion)}}`,
  };
}

let lastForm: PlainForm | undefined;
let lastTime = "";
/** The end of an envelope of that form at that time. */
let lastEnd = "";

/**
 * Writes an envelope without optional fields but the version, as nearly all jobs have. The text is the same as from
 * `encodeEnvelope`.
 */
export function encodePlainEnvelope(form: PlainForm, { params, id, enqueuedAt }: PlainJob): string {
  // Many jobs of a task share a millisecond. Each piece less is a copy less when the text is made one piece.
  if (form !== lastForm || enqueuedAt !== lastTime) {
    lastForm = form;
    lastTime = enqueuedAt;
    lastEnd = escapeForXml(`${form.middle}${enqueuedAt}${form.tail}`);
  }
  return escapeForXml(`${form.head}${JSON.stringify(params)},"id":"${id}${lastEnd}`);
}
