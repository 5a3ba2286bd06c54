import { ENVELOPE_TEXT, type OutgoingMessage } from "@jobs/core/broker";
import { isObject } from "@jobs/core/runtime";
import type { StoredBullmqJob } from "./bullmq-codec.ts";

/**
 * An envelope as parts of a job of BullMQ. Its task is the job's name, its parameters are the job's data, its id is the
 * job's, and its time is the job's timestamp. So BullMQ's worker gets the parameters. And no value is long, which
 * lets Redis store the job as one packed text: a whole envelope takes three times the memory.
 */
export interface SplitEnvelope {
  /** JSON, as it was in the envelope. */
  readonly params: string;
  /** The options of the job for what is left, as JSON without braces: `"sig":"n"`. */
  readonly options: string;
  /** When the job was enqueued, in ms since 1970, as text. */
  readonly at: string;
}

/** The fields in which {@link joinEnvelope} finds what BullMQ has no field for. */
export const CARRIED = ["sig", "at", "jobs"] as const;

/**
 * By how much a job's timestamp may differ from the server's clock, in ms. Where the clock of a producer is further off,
 * the timestamp is the server's, and the option `at` has the producer's.
 */
export const TIMESTAMP_TOLERANCE_MS = 1_000;

const {
  head: START,
  params: PARAMS,
  id: ID,
  sig: SIG,
  enqueuedAt: TIME,
  timeLength: TIME_LENGTH,
} = ENVELOPE_TEXT;
const PLAIN_END = '"}';

/** A text that is the same with and without JSON's escapes. */
const UNESCAPED = /^[^"\\\p{Cc}]*$/u;

function headOf(task: string): string {
  return `${START}${task}${PARAMS}`;
}

/** The task of an envelope that this release wrote; '' for another body. */
export function taskOf(body: string): string {
  return body.startsWith(START) ? body.slice(START.length, body.indexOf('"', START.length)) : "";
}

/** What the envelopes of a task share that have nothing beside their parameters: nearly all of them. */
interface PlainForm {
  readonly head: string;
  /** Between id and time. */
  readonly middle: string;
  readonly options: string;
}

/** The forms that were split last, by task. */
const plainForms = new Map<string, PlainForm>();

/** So many tasks have few programs. */
const MAX_FORMS = 1_000;

type SplitMessage = Pick<OutgoingMessage, "id" | "label" | "body">;

/**
 * Splits a body. {@link joinEnvelope} makes the same text from the parts, byte for byte. `undefined` for every body for
 * which it would not, such as one that this release did not write. That one is stored whole.
 */
export function splitEnvelope(message: SplitMessage): SplitEnvelope | undefined {
  return splitPlain(message) ?? splitAny(message);
}

/** The quick way: it compares with the last envelope of the task, and searches nothing. */
function splitPlain({ id, label, body }: SplitMessage): SplitEnvelope | undefined {
  const form = plainForms.get(label);
  if (form === undefined) return undefined;
  const { head, middle, options } = form;
  const timeAt = body.length - TIME_LENGTH - PLAIN_END.length;
  const idAt = timeAt - middle.length - id.length;
  const paramsEnd = idAt - ID.length;
  const isPlain =
    body[head.length] === "{" &&
    body[paramsEnd - 1] === "}" &&
    body.startsWith(ID, paramsEnd) &&
    body.startsWith(id, idAt) &&
    body.startsWith(middle, idAt + id.length) &&
    body.endsWith(PLAIN_END) &&
    body.startsWith(head);
  const at = isPlain ? readTime(body, timeAt) : undefined;
  return at === undefined ? undefined : { params: body.slice(head.length, paramsEnd), options, at };
}

function splitAny({ id, label, body }: SplitMessage): SplitEnvelope | undefined {
  const head = headOf(label);
  if (!body.startsWith(head)) return undefined;
  const idField = `${ID}${id}${SIG}`;
  const idAt = body.indexOf(idField, head.length);
  // The parameters may contain the same text. Then it is not clear where they end.
  if (idAt === -1 || body.includes(idField, idAt + 1)) return undefined;
  const sigAt = idAt + idField.length;
  const sigEnd = body.indexOf('"', sigAt);
  const timeAt = sigEnd + TIME.length;
  const timeEnd = timeAt + TIME_LENGTH;
  if (!body.startsWith(TIME, sigEnd) || body[timeEnd] !== '"') return undefined;
  const params = body.slice(head.length, idAt);
  const sig = body.slice(sigAt, sigEnd);
  const at = readTime(body, timeAt);
  const rest = carriedRest(body.slice(timeEnd + 1));
  const isSplit = params.startsWith("{") && params.endsWith("}") && UNESCAPED.test(sig);
  if (!isSplit || at === undefined || rest === undefined) return undefined;
  const options = `"sig":"${sig}"${rest}`;
  if (rest === "") keepForm(label, { head, middle: `${SIG}${sig}${TIME}`, options });
  return { params, options, at };
}

function keepForm(task: string, form: PlainForm): void {
  if (plainForms.size >= MAX_FORMS) plainForms.clear();
  plainForms.set(task, form);
}

/**
 * The fields behind the time, as an option: a text, since BullMQ's scripts write options anew, and then change the order
 * of keys and make objects of empty lists. `undefined` for another end than that of an envelope.
 */
function carriedRest(end: string): string | undefined {
  if (end === "}") return "";
  return end.startsWith(",") ? `,"jobs":${JSON.stringify(`{${end.slice(1)}`)}` : undefined;
}

/** What the options of a job carry of its envelope. */
export interface CarriedFields {
  /** The text of the envelope between id and time, and behind the time. */
  readonly middle: string;
  readonly end: string;
  /** ms since 1970, as text; `undefined` where it is the job's timestamp. */
  readonly at: string | undefined;
}

/** The {@link CarriedFields} of a job; `undefined` where its data are the whole body. */
export function carriedFields(options: unknown): CarriedFields | undefined {
  if (!isObject(options) || typeof options.sig !== "string") return undefined;
  const { sig, at, jobs } = options;
  return {
    middle: `${SIG}${sig}${TIME}`,
    end: typeof jobs === "string" ? `",${jobs.slice(1)}` : PLAIN_END,
    at: typeof at === "number" ? String(at) : undefined,
  };
}

/** The body of a job whose options carry the rest of its envelope. */
export function joinEnvelope(
  { id, name, data, timestamp }: Omit<StoredBullmqJob, "opts">,
  carried: CarriedFields,
): string {
  const { at = timestamp } = carried;
  if (joined.carried !== carried || joined.name !== name || joined.at !== at) {
    const { middle, end } = carried;
    joined = { carried, name, at, head: headOf(name), rest: `${middle}${writeTime(at)}${end}` };
  }
  return `${joined.head}${data}${ID}${id}${joined.rest}`;
}

interface JoinedTexts {
  readonly carried: CarriedFields | undefined;
  readonly name: string;
  readonly at: string;
  /** The texts before the parameters, and behind the id. */
  readonly head: string;
  readonly rest: string;
}

/** What the body that was joined last shares with most of those after it: many jobs of a batch have the same time. */
let joined: JoinedTexts = { carried: undefined, name: "", at: "", head: "", rest: "" };

/** Options with other {@link CARRIED} fields in the place of the old ones; the others stay. */
export function withCarried(options: unknown, carried: object): Readonly<Record<string, unknown>> {
  const kept: Record<string, unknown> = isObject(options) ? { ...options } : {};
  for (const field of CARRIED) delete kept[field];
  return { ...carried, ...kept };
}

/** The last time that was read or written. Many jobs in a row have the same. */
const last = { text: "", at: "" };

/** ms since 1970 as text, if {@link writeTime} writes the same text. */
function readTime(body: string, timeAt: number): string | undefined {
  if (last.text !== "" && body.startsWith(last.text, timeAt)) return last.at;
  const text = body.slice(timeAt, timeAt + TIME_LENGTH);
  const at = Date.parse(text);
  return !Number.isNaN(at) && writeTime(String(at)) === text ? last.at : undefined;
}

/** Another program can store any number; one that is no time is 1970. */
function writeTime(at: string): string {
  if (last.at === at) return last.text;
  const time = new Date(Number(at));
  last.text = (Number.isNaN(time.getTime()) ? new Date(0) : time).toISOString();
  last.at = at;
  return last.text;
}
