import {
  DEAD_REASONS,
  type DeadReason,
  type PeekOptions,
  type PeekPage,
  type ScannedMessage,
  type ScanOptions,
  type ScanPage,
  type SerializedError,
  type StoredMessage,
  wrongCursor,
} from "@jobs/core/broker";
import { readForm, storedBody } from "../codec/job-form.ts";
import { readHolder } from "../receive/receipt.ts";
import { PEEKED_FIELDS, SCANNED_FIELDS } from "../scripts/peek.lua.ts";
import { toMessageId, toStoredId } from "./message-key.ts";
import { toPriority } from "./send-messages.ts";

/** A message in the answer of the script. */
export type PeekedMessage = readonly [
  storedId: string,
  position: number,
  fields: readonly (string | null)[],
  token: string,
  leaseUntil: number,
];

type Fields = Readonly<Partial<Record<(typeof PEEKED_FIELDS)[number], string>>>;

/** Arguments of the script. They ask for one message more, which shows whether there is another page. */
export function peekArguments({
  state,
  limit,
  cursor,
  id,
}: ScanOptions & Pick<PeekOptions, "id">): readonly (string | number)[] {
  const [position, after] = cursor === undefined ? [0, ""] : parseCursor(cursor);
  return [state, limit + 1, after, position, id === undefined ? "" : toStoredId(id)];
}

/** Converts an answer to a page. */
export function peekPage(answer: readonly PeekedMessage[], { state, limit }: PeekOptions): PeekPage {
  const page = answer.slice(0, limit);
  const messages = page.map(([id, , fields, token, leaseUntil]) => {
    const holder = readHolder(token);
    return {
      ...describe(id, nameFields(fields), state),
      ...(holder === undefined ? {} : { holder }),
      ...(state === "leased" && leaseUntil > 0 ? { leaseUntil } : {}),
    };
  });
  const [id, position] = page.at(-1) ?? [];
  return answer.length > limit ? { messages, nextCursor: `${position}.${id}` } : { messages };
}

/** Converts an answer with the fields of each message, behind the position of the last, to a page. */
export function scanPage(
  [position, ...texts]: readonly [number, ...string[]],
  { limit }: ScanOptions,
): ScanPage {
  const messages: ScannedMessage[] = [];
  const size = 1 + SCANNED_FIELDS.length;
  let formOptions = "";
  let form = readForm("", formOptions);
  for (let index = 0; index < texts.length && messages.length < limit; index += size) {
    const [storedId = "", data = "", name = "", opts = "", timestamp = ""] = texts.slice(index, index + size);
    const messageId = toMessageId(storedId);
    if (name !== form.name || opts !== formOptions) {
      form = readForm(name, opts);
      formOptions = opts;
    }
    messages.push({ messageId, body: storedBody(form, { id: messageId, data, timestamp }) });
  }
  const isLast = texts.length <= size * limit;
  // The answer has one message more.
  return isLast ? { messages } : { messages, nextCursor: `${position - 1}.${texts[size * (limit - 1)]}` };
}

function parseCursor(cursor: string): readonly [position: number, after: string] {
  const [, position, after] = /^(\d{1,15})\.(.+)$/s.exec(cursor) ?? [];
  if (position !== undefined && after !== undefined) return [Number(position), after];
  throw wrongCursor();
}

function nameFields(values: readonly (string | null)[]): Fields {
  const fields: Partial<Record<(typeof PEEKED_FIELDS)[number], string>> = {};
  PEEKED_FIELDS.forEach((name, index) => {
    const value = values[index];
    if (value !== null && value !== undefined) fields[name] = value;
  });
  return fields;
}

function describe(id: string, fields: Fields, state: StoredMessage["state"]): StoredMessage {
  const messageId = toMessageId(id);
  const { name = "", data = "", opts = "", timestamp = "" } = fields;
  return {
    messageId,
    label: name,
    body: storedBody(readForm(name, opts), { id: messageId, data, timestamp }),
    state,
    deliveryCount: toCount(fields.ats),
    failureCount: countFailures(fields, state),
    crashCount: toCount(fields.stc),
    priority: toPriority(toCount(fields.priority)),
    // Jobs of BullMQ's own producers have no `due` field.
    dueAt: fields.due === undefined ? toCount(fields.timestamp) + toCount(fields.delay) : toCount(fields.due),
    redrives: toCount(fields.redrives),
    ...(fields.lastError === undefined ? {} : { lastError: fields.lastError }),
    ...(state === "dead" ? { dead: describeDeath(fields) } : {}),
    ...(state === "succeeded" ? { succeeded: describeSuccess(fields) } : {}),
  };
}

/** BullMQ counts its own failures and ours, and the run that ended a job. */
function countFailures(fields: Fields, state: StoredMessage["state"]): number {
  const [ours, all] = [toCount(fields.failures), toCount(fields.atm)];
  if (state === "succeeded") return Math.max(ours, all - 1);
  // A job that we made a dead letter before it ran has an attempt in BullMQ, and no failure.
  return state === "dead" && isOurDeath(fields) ? ours : Math.max(ours, all);
}

/** Whether the reason is of the latest death. A worker of BullMQ that ran the job again does not know it. */
function isOurDeath({ deadReason, failedReason = "" }: Fields): boolean {
  return deadReason !== undefined && failedReason.startsWith(deadReason);
}

/** BullMQ keeps no value where its handler returned none. */
function describeSuccess({
  returnvalue = "null",
  finishedOn,
}: Fields): NonNullable<StoredMessage["succeeded"]> {
  return { value: returnvalue, at: toCount(finishedOn) };
}

function describeDeath(fields: Fields): NonNullable<StoredMessage["dead"]> {
  const isOurs = isOurDeath(fields);
  const death = { reason: toReason(isOurs ? fields.deadReason : undefined), at: toCount(fields.finishedOn) };
  const error = isOurs ? readOurError(fields) : readTheirError(fields);
  return error === undefined ? death : { ...death, error };
}

/** A job that a BullMQ worker has failed has used all its attempts. */
function toReason(stored: string | undefined): DeadReason {
  return DEAD_REASONS.find((reason) => reason === stored) ?? "exhausted";
}

function readOurError({ deadError }: Fields): SerializedError | undefined {
  return deadError === undefined ? undefined : parseError(deadError);
}

function readTheirError({ failedReason }: Fields): SerializedError | undefined {
  return failedReason === undefined ? undefined : { name: "Error", message: failedReason };
}

/** `undefined` for a text of another program. */
function parseError(text: string): SerializedError | undefined {
  try {
    const { name, message, ...rest } = JSON.parse(text) as SerializedError;
    return { ...rest, name: String(name), message: String(message) };
  } catch {
    return undefined;
  }
}

function toCount(stored: string | undefined): number {
  const count = Number(stored ?? 0);
  return Number.isFinite(count) ? count : 0;
}
