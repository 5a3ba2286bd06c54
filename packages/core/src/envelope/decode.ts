import { EnvelopeVersionError, MalformedMessageError } from "../errors/broker-errors.ts";
import { parseJson } from "../json/parse-json.ts";
import { ENVELOPE_VERSION, type Envelope } from "./envelope.ts";
import { foreignHint } from "./foreign-hint.ts";

/** A field's rule in words, and the test of it. */
interface FieldRule {
  readonly expected: string;
  readonly isRequired: boolean;
  readonly accepts: (value: unknown) => boolean;
}

const name = { expected: "a text that is not empty", accepts: isFilled };
const text = { expected: "a text", accepts: (value: unknown) => typeof value === "string" };
const moment = { expected: "a time like 2026-01-31T12:00:00.000Z", accepts: isMoment };
const object = { expected: "an object", accepts: isObject };
const texts = { expected: "an object of texts", accepts: isObjectOfTexts };

const RULES: { readonly [Field in keyof Required<Omit<Envelope, "v">>]: FieldRule } = {
  task: { ...name, isRequired: true },
  params: { ...object, isRequired: true },
  id: { ...name, isRequired: true },
  sig: { ...text, isRequired: true },
  enqueuedAt: { ...moment, isRequired: true },
  maxAttempts: { expected: "a whole number from 1", accepts: isWholeFrom(1), isRequired: false },
  notBefore: { ...moment, isRequired: false },
  expiresAt: { ...moment, isRequired: false },
  queue: { ...name, isRequired: false },
  domain: { ...name, isRequired: false },
  priorAttempts: { expected: "a whole number from 0", accepts: isWholeFrom(0), isRequired: false },
  chain: { ...name, isRequired: false },
  parent: { ...name, isRequired: false },
  group: { ...name, isRequired: false },
  dedupeKey: { ...name, isRequired: false },
  rel: { ...text, isRequired: false },
  headers: { ...texts, isRequired: false },
};

const FIELDS = Object.entries(RULES);

/**
 * Reads an envelope as a broker stored it. Fields this release does not know are kept, so that a copy loses nothing.
 * @throws MalformedMessageError naming every field that is missing or mistyped; values are never quoted.
 * @throws EnvelopeVersionError when a newer release wrote it.
 */
export function decodeEnvelope(body: string): Envelope {
  const fields = parseJson(body);
  if (!isObject(fields)) throw notAnEnvelope(["it is not an object"]);
  checkVersion(fields);
  const problems = FIELDS.filter(([field, rule]) => !fits(fields[field], rule));
  if (problems.length > 0) throw notAnEnvelope(problems.map(describeProblem), foreignHint(fields));
  return fields as unknown as Envelope;
}

function checkVersion(fields: Fields): void {
  const { v } = fields;
  if (v === ENVELOPE_VERSION) return;
  if (typeof v === "number" && Number.isInteger(v) && v > ENVELOPE_VERSION) {
    throw new EnvelopeVersionError(v, ENVELOPE_VERSION);
  }
  throw notAnEnvelope([`v must be ${ENVELOPE_VERSION}`], foreignHint(fields));
}

type Fields = Readonly<Record<string, unknown>>;

function fits(value: unknown, rule: FieldRule): boolean {
  return value === undefined ? !rule.isRequired : rule.accepts(value);
}

function describeProblem([field, rule]: readonly [string, FieldRule]): string {
  return `${field} must be ${rule.expected}`;
}

function notAnEnvelope(reasons: readonly string[], hint?: string): MalformedMessageError {
  return new MalformedMessageError(`the message is not a job's envelope: ${reasons.join("; ")}.`, { hint });
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isObjectOfTexts(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((item) => typeof item === "string");
}

function isFilled(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

/** Fixed width in UTC, so that times sort as texts. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function isMoment(value: unknown): boolean {
  return typeof value === "string" && MOMENT.test(value) && !Number.isNaN(Date.parse(value));
}

function isWholeFrom(min: number): FieldRule["accepts"] {
  return (value) => Number.isSafeInteger(value) && Number(value) >= min;
}
