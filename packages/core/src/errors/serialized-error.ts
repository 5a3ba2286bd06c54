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

/** Longest text that is stored of a message or a stack. A 10 MB message must not become a 10 MB dead letter. */
const MAX_TEXT = 8 * 1024;

/**
 * Turns anything that can be thrown into a {@link SerializedError}. Never throws itself: values with throwing
 * getters, revoked proxies, `undefined` and the like are described as far as they can be read.
 */
export function serializeError(thrown: unknown, attempt?: number): SerializedError {
  const name = readText(thrown, "name") ?? typeName(thrown);
  const message = readText(thrown, "message") ?? describeValue(thrown);
  const stack = readText(thrown, "stack");
  const code = readText(thrown, "code");
  return {
    name: capText(name),
    message: capText(message),
    ...(stack === undefined ? {} : { stack: capText(stack) }),
    ...(code === undefined ? {} : { code: capText(code) }),
    ...(attempt === undefined ? {} : { attempt }),
  };
}

function readText(value: unknown, key: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  try {
    const text = (value as Record<string, unknown>)[key];
    return typeof text === "string" && text !== "" ? text : undefined;
  } catch {
    return undefined;
  }
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? "Object" : typeof value;
}

function describeValue(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return `a non-Error value was thrown: ${String(value)}`;
  } catch {
    return "a value was thrown that cannot be described";
  }
}

function capText(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length} characters)`;
}
