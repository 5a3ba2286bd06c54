import { parseJson } from "../json/parse-json.ts";
import { isObject } from "../options/is-object.ts";
import { type CodecName, codecOf } from "./codecs.ts";
import { decodeEnvelope } from "./decode.ts";
import { decodePlainEnvelope } from "./decode-plain.ts";
import type { Envelope } from "./envelope.ts";

/** A message as a broker delivers it. */
export interface EncodedMessage {
  readonly body: string;
  readonly messageId: string;
}

/**
 * Reads an envelope, or the body of a system that the worker was told to expect. A body with our version field is
 * always ours.
 * @throws MalformedMessageError · EnvelopeVersionError as `decodeEnvelope` does.
 */
export function decodeMessage({ body, messageId }: EncodedMessage, codecs: readonly CodecName[]): Envelope {
  if (codecs.length === 0) return decodeEnvelope(body);
  const plain = decodePlainEnvelope(body);
  if (plain !== undefined) return plain;
  const fields = parseJson(body);
  if (!isObject(fields) || Object.hasOwn(fields, "v")) return decodeEnvelope(body);
  for (const name of codecs) {
    const envelope = codecOf(name).decode({ fields, messageId });
    if (envelope !== undefined) return envelope;
  }
  return decodeEnvelope(body);
}
