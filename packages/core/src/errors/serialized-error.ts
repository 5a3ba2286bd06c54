import { capText, describeThrown, readErrorName, readErrorText, toError } from "./to-error.ts";

/** The stored form of a thrown value: plain JSON of limited size, which can be stored with a dead letter. */
export interface SerializedError {
  /** Its own name, else that of its class. */
  readonly name: string;
  /** At most 8,192 UTF-16 units. A longer text is cut, and its length added. */
  readonly message: string;
  /** Shortened like the message; absent when nothing usable was thrown. */
  readonly stack?: string;
  /** The `code` of a JobsError or of a system error, when it is a string. */
  readonly code?: string;
  /** The attempt that threw, counted from 1. */
  readonly attempt?: number;
}

/** The thrown value of each, while both are in memory: error reports need the original error. */
const origins = new WeakMap<SerializedError, unknown>();

/**
 * Converts any thrown value to a {@link SerializedError}. It never throws. Values with throwing getters, revoked
 * proxies, `undefined` and the like are described as far as they can be read.
 */
export function serializeError(thrown: unknown, attempt?: number): SerializedError {
  const name = readErrorName(thrown) ?? typeName(thrown);
  const stack = readErrorText(thrown, "stack");
  const code = readErrorText(thrown, "code");
  const serialized = {
    name: capText(name),
    message: capText(describeThrown(thrown)),
    ...(stack === undefined ? {} : { stack: capText(stack) }),
    ...(code === undefined ? {} : { code: capText(code) }),
    ...(attempt === undefined ? {} : { attempt }),
  };
  origins.set(serialized, thrown);
  return serialized;
}

/** The original error, or a new one with the same fields. */
export function errorOf(serialized: SerializedError): Error {
  if (origins.has(serialized)) return toError(origins.get(serialized));
  const { name, message, stack, code } = serialized;
  const error = Object.assign(new Error(message), code === undefined ? {} : { code });
  error.name = name;
  error.stack = stack ?? `${name}: ${message}`;
  return error;
}

/** The error of a dead letter without a thrown value. */
export function deadLetterError(reason: string): SerializedError {
  return { name: "DeadLetter", message: `the job was set aside: ${reason}`, code: reason };
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? "Object" : typeof value;
}
