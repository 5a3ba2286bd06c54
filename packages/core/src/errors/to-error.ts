import { types } from "node:util";

/** The longest stored or logged text of a job, such as a message or a stack, in UTF-16 units. */
const MAX_TEXT = 8 * 1024;

/** The properties that are read from an error. Each may be a getter that throws. */
const READ_KEYS = ["name", "message", "stack", "code", "cause"] as const;

/** The longest chain of causes. A longer or cyclic one is cut. */
const MAX_CAUSES = 8;

/**
 * Converts any thrown value to an error that can be read, logged and thrown again. It never throws. An ordinary error
 * is returned unchanged. A proxy, an error with getters, and other values become a plain `Error`. It has the same name,
 * message, stack and code, as far as these can be read.
 */
export function toError(thrown: unknown): Error {
  return isReadable(thrown) ? thrown : copyOf(thrown);
}

function isReadable(thrown: unknown): thrown is Error {
  try {
    return isOrdinary(thrown, MAX_CAUSES);
  } catch {
    return false;
  }
}

/** Whether it is an error of any realm. It never throws, unlike `instanceof` for a proxy. */
export function isError(value: unknown): value is Error {
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    return false;
  }
}

/** The error's own text under `key`; `undefined` without a readable one. It never throws. */
export function readErrorText(
  thrown: unknown,
  key: "name" | "message" | "stack" | "code",
): string | undefined {
  const canHold = (typeof thrown === "object" && thrown !== null) || typeof thrown === "function";
  if (!canHold) return undefined;
  try {
    const text: unknown = Reflect.get(thrown, key);
    return typeof text === "string" && text !== "" ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Names that classes of an application inherit from Node's, unless they set their own. */
const INHERITED_NAMES: ReadonlySet<string> = new Set(
  [Error, AggregateError, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
    ({ name }) => name,
  ),
);

/**
 * The error's name; `undefined` without a readable one. An error that only inherits its name from a class of Node has the
 * name of its own class, which says more. It never throws.
 */
export function readErrorName(thrown: unknown): string | undefined {
  const name = readErrorText(thrown, "name");
  if (name === undefined || !INHERITED_NAMES.has(name) || !isError(thrown)) return name;
  try {
    if (Object.hasOwn(thrown, "name")) return name;
    const own: unknown = thrown.constructor.name;
    return typeof own === "string" && own !== "" ? own : name;
  } catch {
    return name;
  }
}

/** The thrown value in words: its message, if any. It is not shortened. It never throws. */
export function describeThrown(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  const message = typeof thrown === "function" ? undefined : readErrorText(thrown, "message");
  if (message !== undefined) return message;
  if (typeof thrown === "function") return "a function was thrown instead of an Error";
  try {
    return `${String(thrown)} was thrown instead of an Error`;
  } catch {
    return "a value that cannot be shown was thrown instead of an Error";
  }
}

/** The text, or its beginning with its length. It never ends in half a character. */
export function capText(text: string, max = MAX_TEXT): string {
  if (text.length <= max) return text;
  const isHalf = /[\ud800-\udbff]/.test(text.charAt(max - 1));
  return `${text.slice(0, isHalf ? max - 1 : max)}… (${text.length} characters)`;
}

/** Whether reading it and its causes runs no foreign code. */
function isOrdinary(thrown: unknown, causes: number): thrown is Error {
  if (types.isProxy(thrown)) return false;
  if (!isError(thrown)) return false;
  return READ_KEYS.every((key) => isPlainValue(thrown, key)) && hasOrdinaryCause(thrown, causes);
}

function hasOrdinaryCause(error: Error, causes: number): boolean {
  const { cause } = error;
  if (types.isProxy(cause)) return false;
  // A cause of another kind is not checked here: code that shows it has to convert it.
  return !isError(cause) || (causes > 0 && isOrdinary(cause, causes - 1));
}

/** In newer versions of Node `stack` is an accessor of the engine, which is safe; other accessors are not. */
function isPlainValue(error: Error, key: (typeof READ_KEYS)[number]): boolean {
  let owner: object | null = error;
  for (; owner !== null; owner = Object.getPrototypeOf(owner)) {
    if (types.isProxy(owner)) return false;
    const found = Object.getOwnPropertyDescriptor(owner, key);
    if (found === undefined) continue;
    if (found.get !== undefined || found.set !== undefined) return key === "stack" && isEngines(found);
    return typeof found.value === "string" || key === "cause" || (key !== "message" && key !== "name");
  }
  return true;
}

function isEngines({ get }: PropertyDescriptor): boolean {
  const native = Object.getOwnPropertyDescriptor(new Error(), "stack")?.get;
  const inherited = Object.getOwnPropertyDescriptor(Error.prototype, "stack")?.get;
  return get !== undefined && (get === native || get === inherited);
}

function copyOf(thrown: unknown): Error {
  const error = new Error(describeThrown(thrown));
  const name = typeof thrown === "function" ? undefined : readErrorText(thrown, "name");
  const stack = readErrorText(thrown, "stack");
  const code = readErrorText(thrown, "code");
  const isPrimitive = (typeof thrown !== "object" && typeof thrown !== "function") || thrown === null;
  if (name !== undefined) error.name = name;
  if (stack !== undefined) error.stack = stack;
  return Object.assign(error, code === undefined ? {} : { code }, isPrimitive ? { cause: thrown } : {});
}
