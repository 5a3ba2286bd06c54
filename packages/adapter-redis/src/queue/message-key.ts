/** Other keys of BullMQ with the same prefix as jobs: a job with such an id would overwrite one. */
export const RESERVED_IDS = [
  "active",
  "completed",
  "de",
  "delayed",
  "events",
  "failed",
  "id",
  "limiter",
  "marker",
  "meta",
  "metrics",
  "paused",
  "pc",
  "prioritized",
  "repeat",
  "stalled",
  "stalled-check",
  "wait",
  "waiting-children",
] as const;

const TAKEN: ReadonlySet<string> = new Set(RESERVED_IDS);

/** No message id contains it, so an escaped id cannot be that of another message. */
const ESCAPE = "~";

/** The id of a message in BullMQ's layout. */
export function toStoredId(messageId: string): string {
  return TAKEN.has(messageId) ? `${ESCAPE}${messageId}` : messageId;
}

/** The id of the message that is stored under `storedId`. */
export function toMessageId(storedId: string): string {
  return storedId.startsWith(ESCAPE) ? storedId.slice(ESCAPE.length) : storedId;
}
