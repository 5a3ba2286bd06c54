/** What BullMQ keeps beside a queue's jobs under keys of the same beginning: a job of such an id would overwrite it. */
const TAKEN = new Set([
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
]);

/** No id of a message has it, so that what it begins cannot be another message. */
const ESCAPE = "~";

/** The id under which BullMQ's layout keeps a message. */
export function toStoredId(messageId: string): string {
  return TAKEN.has(messageId) ? `${ESCAPE}${messageId}` : messageId;
}

/** The id of the message that is kept under `storedId`. */
export function toMessageId(storedId: string): string {
  return storedId.startsWith(ESCAPE) ? storedId.slice(ESCAPE.length) : storedId;
}
