import { MAX_JSON_DEPTH } from "../json/json-safety.ts";
import { parseJson } from "../json/parse-json.ts";
import { isStoredMoment } from "../runtime/moment.ts";
import { ENVELOPE_VERSION, type Envelope, type JsonObject } from "./envelope.ts";

/** How every envelope of this version begins, and how one without optional fields goes on. */
const HEAD = `{"v":${ENVELOPE_VERSION},"task":"`;
const PARAMS = '","params":';
const ID = ',"id":"';
const SIG = '","sig":"';
const ENQUEUED_AT = '","enqueuedAt":"';

/** A time has a fixed width, so the end of the text can be taken by counting. */
const TAIL_LENGTH = `${ENQUEUED_AT}2026-01-31T12:00:00.000Z"}`.length;

/** Texts that stand in JSON as they are. */
const PLAIN_NAME = /^[A-Za-z0-9_.:?,-]*$/;

/**
 * Reads an envelope as `encodeEnvelope` writes one without optional fields, which is what nearly all jobs are: only the
 * parameters are parsed, the rest is cut out of the text. `undefined` for any other text, right or wrong; the full
 * reader then says what it is. Where this finds an envelope, the full reader finds the same: the text is exactly the
 * pieces found, and the parameters are one whole JSON object.
 */
export function decodePlainEnvelope(body: string): Envelope | undefined {
  const tailAt = body.length - TAIL_LENGTH;
  if (!body.startsWith(HEAD) || !body.startsWith(ENQUEUED_AT, tailAt) || !body.endsWith('"}'))
    return undefined;
  // Each piece has to end before the next one begins: two of them may not share a quotation mark.
  const taskEnd = body.indexOf('"', HEAD.length);
  const sigAt = body.lastIndexOf(SIG, tailAt - SIG.length);
  const idAt = body.lastIndexOf(ID, sigAt - ID.length);
  const paramsAt = taskEnd + PARAMS.length;
  if (!body.startsWith(PARAMS, taskEnd) || idAt < paramsAt) return undefined;
  const task = body.slice(HEAD.length, taskEnd);
  const id = body.slice(idAt + ID.length, sigAt);
  const sig = body.slice(sigAt + SIG.length, tailAt);
  const enqueuedAt = body.slice(tailAt + ENQUEUED_AT.length, -2);
  const isPlain =
    task !== "" && id !== "" && PLAIN_NAME.test(task) && PLAIN_NAME.test(id) && PLAIN_NAME.test(sig);
  if (!isPlain || !isStoredMoment(enqueuedAt)) return undefined;
  const params = readParams(body.slice(paramsAt, idAt));
  return params && { v: ENVELOPE_VERSION, task, params, id, sig, enqueuedAt };
}

function readParams(text: string): JsonObject | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return parseJson(text, MAX_JSON_DEPTH) as JsonObject;
  } catch {
    // The full reader finds the same fault, and names it in the context of the whole text.
    return undefined;
  }
}
