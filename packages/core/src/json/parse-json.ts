import { MalformedMessageError } from "../errors/broker-errors.ts";
import { describeThrown } from "../errors/to-error.ts";
import { MAX_JSON_DEPTH } from "./json-safety.ts";
import { hasTooManyParts, MAX_JSON_CONTAINERS, MAX_JSON_KEYS, scanJsonText } from "./scan-json-text.ts";

/** An envelope adds one level to its parameters: a worker must read what a producer may nest. */
const MAX_MESSAGE_DEPTH = MAX_JSON_DEPTH + 1;

/**
 * Reads JSON from outside. `JSON.parse` silently changes some texts: it keeps the last of two equal keys and rounds
 * numbers. A job must not run with values that nobody sent, so such texts are refused. Also refused are keys that
 * poison prototypes, nesting deeper than `levels`, and too many parts. `levels` defaults to the depth of an envelope.
 * @throws MalformedMessageError with the reason, but without the text, which may be secret or huge.
 */
export function parseJson(text: string, levels = MAX_MESSAGE_DEPTH): unknown {
  // Before parsing, which would take seconds.
  if (hasTooManyParts(text))
    throw refused(`it holds more than ${MAX_JSON_KEYS} keys, or ${MAX_JSON_CONTAINERS} objects and lists`);
  const value = parse(text);
  const keys = isObject(value) ? countKeys(value, levels) : 0;
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

/** The engine's message quotes the text, so only its position is used. */
function syntaxReason(text: string, error: unknown): string {
  if (text.trim() === "") return "it is empty";
  if (text.startsWith("\uFEFF")) return "it starts with a byte order mark";
  const position = / position (\d+)/.exec(describeThrown(error))?.[1];
  return position === undefined ? "it is not JSON" : `it is not JSON from character ${position} on`;
}

function countKeys(value: object, levels: number): number {
  if (levels === 0) throw refused(`it is nested deeper than ${MAX_MESSAGE_DEPTH} levels`);
  return Array.isArray(value)
    ? countInItems(value, levels - 1)
    : countInMembers(value as Members, levels - 1);
}

function countInItems(items: readonly unknown[], levels: number): number {
  let count = 0;
  for (const item of items) if (isObject(item)) count += countKeys(item, levels);
  return count;
}

type Members = Readonly<Record<string, unknown>>;

function countInMembers(members: Members, levels: number): number {
  let count = 0;
  // Faster than Object.keys; inherited names are skipped.
  for (const key in members) {
    if (!Object.hasOwn(members, key)) continue;
    if (key === "__proto__") throw refused("it holds a key that poisons prototypes");
    const member = members[key];
    count += isObject(member) ? countKeys(member, levels) + 1 : 1;
  }
  return count;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function refused(reason: string): MalformedMessageError {
  return new MalformedMessageError(`the message cannot be trusted: ${reason}.`);
}
