import type { JsonValue } from "../envelope/envelope.ts";
import { UnreadableRecordError } from "../errors/broker-errors.ts";

/**
 * Reads a record that jobs has written as JSON. `what` names it in the error: `the kept result of job 17`.
 * @throws UnreadableRecordError where the text is not JSON, or not of the form that `isWhole` looks for
 */
export function readRecord<T>(text: string, what: string, isWhole: (record: object) => boolean): T {
  const record = readValue(text, what);
  if (typeof record !== "object" || record === null || !isWhole(record))
    throw new UnreadableRecordError(what);
  return record as T;
}

/** The same for what may be any JSON. */
export function readValue(text: string, what: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnreadableRecordError(what, { cause });
  }
}
