import { MalformedMessageError } from "../errors/broker-errors.ts";
import { MAX_JSON_DEPTH } from "./json-safety.ts";
import { scanJsonText } from "./scan-json-text.ts";

/** An envelope is one level around parameters: what a producer may nest, a worker must read. */
const MAX_MESSAGE_DEPTH = MAX_JSON_DEPTH + 1;

/**
 * Reads JSON that came from outside. `JSON.parse` quietly changes some texts: it keeps the last of two equal keys and
 * rounds numbers. A job must not run on values that nobody sent, so such texts are refused, as are keys that poison
 * prototypes and nesting that breaks later readers.
 * @throws MalformedMessageError with the reason; never with the text, which may be secret or huge.
 */
export function parseJson(text: string): unknown {
  const value = parse(text);
  const keys = isObject(value) ? countKeys(value, 0) : 0;
  const written = scanJsonText(text);
  if (written.hasChangedNumber) throw refused("it holds a number that cannot be read exactly");
  if (written.keys !== keys) throw refused("it holds a key twice");
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refused(syntaxReason(text, error));
  }
}

/** The engine's own message quotes the text; only its position is taken over. */
function syntaxReason(text: string, error: unknown): string {
  if (text.trim() === "") return "it is empty";
  if (text.startsWith("\uFEFF")) return "it starts with a byte order mark";
  const position = / position (\d+)/.exec(String(error))?.[1];
  return position === undefined ? "it is not JSON" : `it is not JSON from character ${position} on`;
}

function countKeys(value: object, depth: number): number {
  if (depth === MAX_MESSAGE_DEPTH) throw refused(`it is nested deeper than ${MAX_MESSAGE_DEPTH} levels`);
  return Array.isArray(value) ? countInItems(value, depth) : countInMembers(value as Members, depth);
}

function countInItems(items: readonly unknown[], depth: number): number {
  let count = 0;
  for (const item of items) if (isObject(item)) count += countKeys(item, depth + 1);
  return count;
}

type Members = Readonly<Record<string, unknown>>;

function countInMembers(members: Members, depth: number): number {
  let count = 0;
  // Faster than Object.keys; what others may have put on Object.prototype is left out.
  for (const key in members) {
    if (!Object.hasOwn(members, key)) continue;
    if (key === "__proto__") throw refused("it holds a key that poisons prototypes");
    const member = members[key];
    count += isObject(member) ? countKeys(member, depth + 1) + 1 : 1;
  }
  return count;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function refused(reason: string): MalformedMessageError {
  return new MalformedMessageError(`the message cannot be trusted: ${reason}.`);
}
