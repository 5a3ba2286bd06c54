import { EnvelopeVersionError, MalformedMessageError } from "../errors/broker-errors.ts";
import { MAX_JSON_DEPTH } from "../json/json-safety.ts";
import { parseJson } from "../json/parse-json.ts";
import { isObject } from "../options/is-object.ts";
import { isStoredMoment } from "../runtime/moment.ts";
import { UNKNOWN_TIME } from "./codecs/codec.ts";
import { type CodecName, codecOf } from "./codecs/codecs.ts";
import { ENVELOPE_VERSION, type Envelope, type JsonObject } from "./envelope.ts";
import { areFieldsValid, describeFieldProblems } from "./fields.ts";
import {
  cutShared,
  ENQUEUED_AT,
  HEAD,
  ID,
  PARAMS,
  type Pieces,
  PLAIN_NAME,
  SIG,
  share,
  TIME_LENGTH,
} from "./shared-text.ts";

/**
 * Reads an envelope as a broker stored it. Fields that this release does not know are kept, so that a copy loses none.
 * @throws MalformedMessageError naming every field that is missing or of the wrong type; it never quotes values.
 * @throws EnvelopeVersionError when a newer release wrote it.
 */
export function decodeEnvelope(body: string): Envelope {
  return decodePlainEnvelope(body) ?? decodeAnyEnvelope(body);
}

/** A message as a broker delivers it. */
export interface EncodedMessage {
  readonly body: string;
  readonly messageId: string;
}

/**
 * Reads an envelope, or a body of another system that the settings name. A body with our version field is always ours.
 * @throws MalformedMessageError · EnvelopeVersionError as `decodeEnvelope` does.
 */
export function decodeMessage({ body, messageId }: EncodedMessage, codecs: readonly CodecName[]): Envelope {
  if (codecs.length === 0) return decodeEnvelope(body);
  const plain = decodePlainEnvelope(body);
  if (plain !== undefined) return plain;
  const fields = parseJson(unwrap(body, codecs) ?? body);
  if (!isObject(fields) || Object.hasOwn(fields, "v")) return decodeEnvelope(body);
  for (const name of codecs) {
    const envelope = codecOf(name).decode({ fields, messageId });
    if (envelope !== undefined) return envelope;
  }
  return decodeEnvelope(body);
}

/** Reads a message as {@link decodeMessage} does; `undefined` where it cannot be read. `codecs`: default none. */
export function readEnvelope(
  message: EncodedMessage,
  codecs: readonly CodecName[] = [],
): Envelope | undefined {
  try {
    return decodeMessage(message, codecs);
  } catch {
    return undefined;
  }
}

/** When a job was enqueued, in ISO 8601; `undefined` for one of another system, which does not say. */
export function enqueueTimeOf(envelope: Pick<Envelope, "enqueuedAt"> | undefined): string | undefined {
  return envelope?.enqueuedAt === UNKNOWN_TIME ? undefined : envelope?.enqueuedAt;
}

/**
 * The id by which a queue finds a stored job. A job of another system has an own id only inside its body, which no broker
 * looks into.
 */
export function storedIdOf(message: EncodedMessage, envelope: Envelope | undefined): string {
  return envelope === undefined || enqueueTimeOf(envelope) === undefined ? message.messageId : envelope.id;
}

/** The JSON inside the encoding of another system. */
function unwrap(body: string, codecs: readonly CodecName[]): string | undefined {
  for (const name of codecs) {
    const text = codecOf(name).unwrap?.(body);
    if (text !== undefined) return text;
  }
  return undefined;
}

const HEADERS = ',"headers":{';

const VERSION = ',"taskVersion":';

/** A version as `encodeEnvelope` writes it. Longer ones are left to the full reader. */
const LAST_DIGITS = /[1-9]\d{0,8}$/;
const MAX_DIGITS = 9;

const ENQUEUED_AT_LENGTH = ENQUEUED_AT.length + TIME_LENGTH + 1;

/**
 * Reads an envelope without optional fields but version and headers, written by `encodeEnvelope`. Nearly all
 * jobs have one. It parses only parameters and headers and cuts the rest out of the text, which is faster. `undefined`
 * for any other text, valid or not: the full reader then decides. It never differs from the full reader: the text is
 * exactly these pieces, and each of the two is one JSON object.
 */
export function decodePlainEnvelope(body: string): Envelope | undefined {
  if (!body.endsWith("}")) return undefined;
  if (!body.endsWith('"}}')) return decodePieces(body, body.length - 1);
  const headersAt = body.lastIndexOf(HEADERS);
  const plain = decodePieces(body, headersAt);
  const headers = plain && readHeaders(body.slice(headersAt + HEADERS.length - 1, -1));
  return headers && { ...plain, headers };
}

/** What distinguishes jobs when they are counted: task, signature, time, and the later steps of their flow. */
export type CountedJob = Pick<Envelope, "task" | "sig" | "enqueuedAt" | "chainStartedAt" | "next" | "join">;

/**
 * The {@link CountedJob} of a message, for counting many; `undefined` where its body cannot be read. It does not
 * read the parameters of a plain envelope, which is 5 times as fast. So it also counts a job whose parameters are broken.
 */
export function readCountedJob(
  message: EncodedMessage,
  codecs: readonly CodecName[] = [],
): CountedJob | undefined {
  return cutPlain(message.body) ?? readEnvelope(message, codecs);
}

function cutPlain(body: string): CountedJob | undefined {
  if (!body.endsWith("}")) return undefined;
  if (!body.endsWith('"}}')) return cutPieces(body, body.length - 1);
  const headersAt = body.lastIndexOf(HEADERS);
  const pieces = cutPieces(body, headersAt);
  // Only headers that reach to the end are those of the envelope.
  return pieces && readHeaders(body.slice(headersAt + HEADERS.length - 1, -1)) && pieces;
}

/** `end`: where the last field but headers ends. */
function decodePieces(body: string, end: number): Envelope | undefined {
  const pieces = cutPieces(body, end);
  if (pieces === undefined) return undefined;
  const { paramsText, task, id, sig, enqueuedAt, taskVersion } = pieces;
  const params = readObject(paramsText);
  const plain = params && { v: ENVELOPE_VERSION, task, params, id, sig, enqueuedAt };
  return plain === undefined || taskVersion === undefined ? plain : { ...plain, taskVersion };
}

function cutPieces(body: string, end: number): Pieces | undefined {
  if (body[end - 1] === '"') return cutShared(body, end) ?? cutRequired(body, end);
  if (end < MAX_DIGITS) return undefined;
  const [digits] = LAST_DIGITS.exec(body.slice(end - MAX_DIGITS, end)) ?? [];
  if (digits === undefined) return undefined;
  const versionAt = end - digits.length - VERSION.length;
  if (!body.startsWith(VERSION, versionAt)) return undefined;
  const pieces = cutShared(body, versionAt) ?? cutRequired(body, versionAt);
  return pieces && { ...pieces, taskVersion: Number(digits) };
}

/** `end`: where the last of the required fields ends. */
function cutRequired(body: string, end: number): Pieces | undefined {
  const tailAt = end - ENQUEUED_AT_LENGTH;
  if (!body.startsWith(HEAD) || !body.startsWith(ENQUEUED_AT, tailAt) || body[end - 1] !== '"')
    return undefined;
  // Each piece must end before the next one begins: two pieces must not share a quotation mark.
  const taskEnd = body.indexOf('"', HEAD.length);
  const sigAt = body.lastIndexOf(SIG, tailAt - SIG.length);
  const idAt = body.lastIndexOf(ID, sigAt - ID.length);
  const paramsAt = taskEnd + PARAMS.length;
  if (!body.startsWith(PARAMS, taskEnd) || idAt < paramsAt) return undefined;
  const task = body.slice(HEAD.length, taskEnd);
  const id = body.slice(idAt + ID.length, sigAt);
  const sig = body.slice(sigAt + SIG.length, tailAt);
  const enqueuedAt = body.slice(tailAt + ENQUEUED_AT.length, end - 1);
  const isPlain =
    task !== "" && id !== "" && PLAIN_NAME.test(task) && PLAIN_NAME.test(id) && PLAIN_NAME.test(sig);
  if (!isPlain || !isStoredMoment(enqueuedAt)) return undefined;
  share(task, sig, enqueuedAt);
  return { task, paramsText: body.slice(paramsAt, idAt), id, sig, enqueuedAt };
}

function readHeaders(text: string): Envelope["headers"] | undefined {
  const headers = readObject(text);
  for (const name in headers) if (typeof headers[name] !== "string") return undefined;
  return headers as Envelope["headers"];
}

function readObject(text: string): JsonObject | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return parseJson(text, MAX_JSON_DEPTH) as JsonObject;
  } catch {
    // The full reader finds the same error and reports its position in the whole text.
    return undefined;
  }
}

function decodeAnyEnvelope(body: string): Envelope {
  const fields = parseJson(body);
  if (!isObject(fields)) throw notAnEnvelope(["it is not an object"]);
  checkVersion(fields);
  if (!areFieldsValid(fields)) throw notAnEnvelope(describeFieldProblems(fields), foreignHint(fields));
  return fields as unknown as Envelope;
}

type Fields = Readonly<Record<string, unknown>>;

/** Checked first, since a newer version may have other fields. */
function checkVersion(fields: Fields): void {
  const { v } = fields;
  if (v === ENVELOPE_VERSION) return;
  if (Number.isSafeInteger(v) && Number(v) > ENVELOPE_VERSION) {
    throw new EnvelopeVersionError(Number(v), ENVELOPE_VERSION);
  }
  throw notAnEnvelope([`v must be ${ENVELOPE_VERSION}`], foreignHint(fields));
}

function notAnEnvelope(reasons: readonly string[], hint?: string): MalformedMessageError {
  return new MalformedMessageError(`the message is not a job's envelope: ${reasons.join("; ")}.`, { hint });
}

/** Bodies of other systems that are often found in queues, recognised by fields that only they have. */
const FOREIGN = [
  {
    fields: ["Type", "Message", "TopicArn"],
    hint: "This is an SNS notification: switch on raw message delivery.",
  },
  {
    fields: ["task_name", "task_payload"],
    hint: "This is a simple-worker job: run the worker with --codec simple-worker.",
  },
  {
    fields: ["body", "content-encoding", "properties"],
    hint: "This is a Celery job: run the worker with --codec celery.",
  },
  { fields: ["task", "args", "kwargs"], hint: "This is a Celery job: use another queue for it." },
  { fields: ["Records"], hint: "This is an event notification of AWS: use another queue for it." },
] as const;

/** The probable system of a foreign body, and what to do about it. */
function foreignHint(fields: Readonly<Record<string, unknown>>): string | undefined {
  return FOREIGN.find((system) => system.fields.every((field) => Object.hasOwn(fields, field)))?.hint;
}
