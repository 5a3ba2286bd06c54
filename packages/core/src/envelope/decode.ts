import { EnvelopeVersionError, MalformedMessageError } from "../errors/broker-errors.ts";
import { parseJson } from "../json/parse-json.ts";
import { isObject } from "../options/is-object.ts";
import { decodePlainEnvelope } from "./decode-plain.ts";
import { ENVELOPE_VERSION, type Envelope } from "./envelope.ts";
import { areFieldsValid, describeFieldProblems } from "./fields.ts";
import { foreignHint } from "./foreign-hint.ts";

/**
 * Reads an envelope as a broker stored it. Fields this release does not know are kept, so that a copy loses nothing.
 * @throws MalformedMessageError naming every field that is missing or mistyped; values are never quoted.
 * @throws EnvelopeVersionError when a newer release wrote it.
 */
export function decodeEnvelope(body: string): Envelope {
  return decodePlainEnvelope(body) ?? decodeAnyEnvelope(body);
}

function decodeAnyEnvelope(body: string): Envelope {
  const fields = parseJson(body);
  if (!isObject(fields)) throw notAnEnvelope(["it is not an object"]);
  checkVersion(fields);
  if (!areFieldsValid(fields)) throw notAnEnvelope(describeFieldProblems(fields), foreignHint(fields));
  return fields as unknown as Envelope;
}

type Fields = Readonly<Record<string, unknown>>;

/** First of all, since a newer version may have other fields. */
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
