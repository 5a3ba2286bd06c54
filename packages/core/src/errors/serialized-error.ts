import { capText, describeThrown, readErrorText } from "./to-error.ts";

/** What is kept of a thrown value: plain JSON, bounded in size, safe to store with a dead letter. */
export interface SerializedError {
  readonly name: string;
  /** At most 8 KiB. */
  readonly message: string;
  /** At most 8 KiB; absent when nothing usable was thrown. */
  readonly stack?: string;
  /** The `code` of a JobsError or of a system error, when it is a string. */
  readonly code?: string;
  /** Which attempt threw, counted from 1. */
  readonly attempt?: number;
}

/**
 * Turns anything that can be thrown into a {@link SerializedError}. Never throws itself: values with throwing
 * getters, revoked proxies, `undefined` and the like are described as far as they can be read.
 */
export function serializeError(thrown: unknown, attempt?: number): SerializedError {
  const name = readErrorText(thrown, "name") ?? typeName(thrown);
  const stack = readErrorText(thrown, "stack");
  const code = readErrorText(thrown, "code");
  return {
    name: capText(name),
    message: capText(describeThrown(thrown)),
    ...(stack === undefined ? {} : { stack: capText(stack) }),
    ...(code === undefined ? {} : { code: capText(code) }),
    ...(attempt === undefined ? {} : { attempt }),
  };
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? "Object" : typeof value;
}
