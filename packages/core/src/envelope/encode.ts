import { NotJsonError } from "../errors/contract-errors.ts";
import type { Envelope } from "./envelope.ts";

/** Optional fields in the order they are written; `headers` and unknown fields follow. */
const OPTIONAL_FIELDS = [
  "maxAttempts",
  "notBefore",
  "expiresAt",
  "queue",
  "domain",
  "priorAttempts",
  "chain",
  "parent",
  "group",
  "dedupeKey",
  "rel",
] as const satisfies readonly (keyof Envelope)[];

const KNOWN_FIELDS: ReadonlySet<string> = new Set<keyof Envelope>([
  "v",
  "task",
  "params",
  "id",
  "sig",
  "enqueuedAt",
  ...OPTIONAL_FIELDS,
  "headers",
]);

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
  const { v, task, params, id, sig, enqueuedAt, headers } = envelope;
  let text = `{"v":${v},"task":${quote(task)},"params":${JSON.stringify(params)},"id":${quote(id)}`;
  text += `,"sig":${quote(sig)},"enqueuedAt":${quote(enqueuedAt)}`;
  for (const field of OPTIONAL_FIELDS) {
    const value = envelope[field];
    if (value !== undefined) text += `,"${field}":${typeof value === "string" ? quote(value) : value}`;
  }
  text += unknownFields(envelope);
  if (headers !== undefined) text += `,"headers":${encodeHeaders(headers)}`;
  return escapeForXml(`${text}}`);
}

function unknownFields(envelope: Envelope): string {
  let text = "";
  for (const [field, value] of Object.entries(envelope)) {
    if (!KNOWN_FIELDS.has(field) && value !== undefined) text += `,${quote(field)}:${JSON.stringify(value)}`;
  }
  return text;
}

function encodeHeaders(headers: NonNullable<Envelope["headers"]>): string {
  for (const name in headers) {
    if (typeof headers[name] !== "string") {
      throw new NotJsonError(
        `headers[${JSON.stringify(name)}]`,
        `a ${typeof headers[name]}`,
        "Headers are texts.",
      );
    }
  }
  return JSON.stringify(headers);
}

function quote(text: string): string {
  return PLAIN_TEXT.test(text) ? `"${text}"` : JSON.stringify(text);
}

function escapeForXml(text: string): string {
  if (!NOT_IN_XML.test(text)) return text;
  return text.replaceAll("\uFFFE", "\\ufffe").replaceAll("\uFFFF", "\\uffff");
}
