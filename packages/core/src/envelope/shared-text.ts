import { isStoredMoment } from "../runtime/moment.ts";
import { ENVELOPE_VERSION, type Envelope } from "./envelope.ts";

/** The beginning of every envelope of this version, and the separators of one without optional fields. */
export const HEAD = `{"v":${ENVELOPE_VERSION},"task":"`;
export const PARAMS = '","params":';
export const ID = ',"id":"';
export const SIG = '","sig":"';
export const ENQUEUED_AT = '","enqueuedAt":"';

/** A time has a fixed width. */
export const TIME_LENGTH = "2026-01-31T12:00:00.000Z".length;

/** The fixed texts of an envelope, for a broker that stores its fields apart and joins them again. */
export const ENVELOPE_TEXT = {
  head: HEAD,
  params: PARAMS,
  id: ID,
  sig: SIG,
  enqueuedAt: ENQUEUED_AT,
  timeLength: TIME_LENGTH,
} as const;

/** Texts that need no escaping in JSON. */
export const PLAIN_NAME = /^[A-Za-z0-9_.:?,-]*$/;

/** The texts of a plain envelope's fields, without escapes. */
export interface Pieces extends Omit<Envelope, "params" | "v"> {
  /** JSON, perhaps broken. */
  readonly paramsText: string;
}

/** What an envelope shares with most of those after it: task and signature, often even its time. */
interface Shared extends Pick<Envelope, "task" | "sig" | "enqueuedAt"> {
  /** The text before the parameters. */
  readonly head: string;
  /** The text between id and time. */
  readonly middle: string;
  /** The text after the id, up to the end of the time. */
  readonly rest: string;
  /** The time of day of the last envelope with another time. */
  otherTime: string;
}

/** Of the envelopes that were read last, each of another task. */
const shared: Shared[] = [];

/** More tasks in one queue than this are read without what they share. */
const MAX_SHARED = 8;

/**
 * The pieces of an envelope that shares texts with one that was read before; `undefined` where none does. Only its id
 * and a new time are checked. Comparing texts takes half the time of finding and checking the fields.
 * `end`: where the last of the required fields ends.
 */
export function cutShared(body: string, end: number): Pieces | undefined {
  for (let index = 0; index < shared.length; index++) {
    const known = shared[index] as Shared;
    const { head, rest, task, sig } = known;
    if (body.slice(0, head.length) !== head) continue;
    const idEnd = end - rest.length;
    const enqueuedAt = body.slice(idEnd, end) === rest ? known.enqueuedAt : cutOtherTime(known, body, end);
    const idStart = startOfId(body, idEnd);
    const idAt = idStart - ID.length;
    if (enqueuedAt === undefined || idStart === idEnd || idAt < head.length) continue;
    if (!body.startsWith(ID, idAt)) continue;
    const id = body.slice(idStart, idEnd);
    return { task, paramsText: body.slice(head.length, idAt), id, sig, enqueuedAt };
  }
  return undefined;
}

/** The time of an envelope that shares all but its time. A time that comes twice is remembered. */
function cutOtherTime(known: Shared, body: string, end: number): string | undefined {
  const { middle, rest } = known;
  const timeAt = end - 1 - TIME_LENGTH;
  if (body.slice(end - rest.length, timeAt) !== middle || body[end - 1] !== '"') return undefined;
  const time = body.slice(timeAt, end - 1);
  if (!isStoredMoment(time)) return undefined;
  // Without the day: a text this short is a copy, and keeps no body in memory.
  const timeOfDay = time.slice(-TIME_OF_DAY_LENGTH, -1);
  if (timeOfDay === known.otherTime) share(known.task, known.sig, time);
  else known.otherTime = timeOfDay;
  return time;
}

const TIME_OF_DAY_LENGTH = "12:00:00.000Z".length;

/** Where all characters of {@link PLAIN_NAME} before `end` begin. */
function startOfId(body: string, end: number): number {
  let start = end;
  while (start > 0 && IS_PLAIN[body.charCodeAt(start - 1)] === 1) start--;
  return start;
}

/** 1 for the codes of the characters of {@link PLAIN_NAME}. */
const IS_PLAIN = Uint8Array.from({ length: 128 }, (_, code) =>
  PLAIN_NAME.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Remembers the texts of an envelope whose fields have passed all checks. */
export function share(task: string, sig: string, time: string): void {
  const head = flat(`${HEAD}${task}${PARAMS}`);
  const rest = flat(`${SIG}${sig}${ENQUEUED_AT}${time}"`);
  const timeAt = rest.length - 1 - TIME_LENGTH;
  const one: Shared = {
    head,
    middle: rest.slice(0, timeAt),
    rest,
    // Cut out of the new texts, so that no body stays in memory with a piece of it.
    task: head.slice(HEAD.length, head.length - PARAMS.length),
    sig: rest.slice(SIG.length, timeAt - ENQUEUED_AT.length),
    enqueuedAt: rest.slice(timeAt, -1),
    otherTime: "",
  };
  const index = shared.findIndex((other) => other.head === head);
  if (index >= 0) shared[index] = one;
  else if (shared.push(one) > MAX_SHARED) shared.shift();
}

/** The same text in one piece, which is compared faster. */
function flat(text: string): string {
  PLAIN_NAME.test(text);
  return text;
}
