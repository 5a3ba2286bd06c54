import { types } from "node:util";
import { NotJsonError } from "../errors/contract-errors.ts";
import * as notJson from "./not-json.ts";
import { stepInto } from "./value-path.ts";

/** The deepest nesting of objects and arrays. Real data is far below, and no reader overflows its stack. */
export const MAX_JSON_DEPTH = 200;

/**
 * Refuses every value that JSON would change or lose, so that a job arrives exactly as it was enqueued. It calls no
 * accessors. The same object may be in two places, but not inside itself.
 * @throws NotJsonError with the path, e.g. `params.items[2].when`, but without the value.
 */
export function assertJson(value: unknown, path: string): void {
  const problem = findInValue(value, 0);
  if (problem !== undefined) throw toError(path, value, problem);
}

/**
 * The same check for named parameters. It returns the error, because wrong names are reported first. A parameter may be
 * `undefined`, since TypeScript code writes `{ subject: maybe }` for an omitted one.
 */
export function findParamsError(params: object, path: string): NotJsonError | undefined {
  const problem = findInObject(params, 0, true);
  return problem === undefined ? undefined : toError(path, params, problem);
}

/**
 * A value that JSON cannot contain, and its path. The path is built from the inside out, so that a valid value builds
 * none.
 */
interface Problem {
  readonly what: notJson.NotJson;
  readonly at: string;
}

/** Longer paths are in data that is too deep; their start is enough. */
const MAX_PATH = 200;

function toError(path: string, root: unknown, { what, at }: Problem): NotJsonError {
  const cycle = what === notJson.TOO_DEEP ? findCycle(root, MAX_JSON_DEPTH) : undefined;
  if (cycle !== undefined) return new NotJsonError(path + cycle, notJson.CYCLE.found, notJson.CYCLE.fix);
  const shown = at.length <= MAX_PATH ? at : `${at.slice(0, MAX_PATH)}…`;
  return new NotJsonError(path + shown, what.found, what.fix);
}

function findInValue(value: unknown, depth: number): Problem | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? undefined : here(notJson.describeValue(value));
    case "object":
      return value === null ? undefined : findInObject(value, depth, false);
    default:
      return here(notJson.describeValue(value));
  }
}

function findInObject(value: object, depth: number, mayLeaveOut: boolean): Problem | undefined {
  if (depth === MAX_JSON_DEPTH) return here(notJson.TOO_DEEP);
  // Checked first, since every other check would run the proxy's code.
  if (types.isProxy(value)) return here(notJson.PROXY);
  if (Array.isArray(value)) return findInArray(value, depth);
  if (!hasPlainPrototype(value)) return here(notJson.describeInstance(value));
  const keys = Object.getOwnPropertyNames(value);
  for (const key of keys) {
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (mayLeaveOut && property?.value === undefined && isPlain(property)) continue;
    const problem = findInProperty(key, property, depth);
    if (problem !== undefined) return { what: problem.what, at: stepInto(key) + problem.at };
  }
  return Object.getOwnPropertySymbols(value).length === 0 ? undefined : here(notJson.SYMBOL_KEYS);
}

/** `{}`, `Object.create(null)`, and the `{}` of another realm such as a `vm` context. */
function hasPlainPrototype(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

function findInProperty(
  key: string,
  property: PropertyDescriptor | undefined,
  depth: number,
): Problem | undefined {
  if (!isPlain(property)) return here(notJson.describeProperty(property));
  if (key === "__proto__") return here(notJson.POISON);
  if (key === "toJSON" && typeof property.value === "function") return here(notJson.TO_JSON);
  return findInValue(property.value, depth + 1);
}

function isPlain(property: PropertyDescriptor | undefined): property is PropertyDescriptor {
  return property?.enumerable === true && property.get === undefined && property.set === undefined;
}

function findInArray(items: readonly unknown[], depth: number): Problem | undefined {
  // Only the prototype of plain arrays, of any realm, is itself an array.
  if (!Array.isArray(Object.getPrototypeOf(items))) return here(notJson.describeInstance(items));
  if (!isDense(items)) return here(notJson.UNEVEN_ARRAY);
  for (let i = 0; i < items.length; i++) {
    const problem = hasGetter(items, i) ? here(notJson.ACCESSOR) : findInValue(items[i], depth + 1);
    if (problem !== undefined) return { what: problem.what, at: `[${i}]${problem.at}` };
  }
  return Object.getOwnPropertySymbols(items).length === 0 ? undefined : here(notJson.SYMBOL_KEYS);
}

/**
 * Whether an array has neither holes nor named keys. Indexes come first in the keys: the number of keys and the last
 * index prove it.
 */
function isDense(items: readonly unknown[]): boolean {
  const keys = Object.keys(items);
  return keys.length === items.length && (keys.length === 0 || keys.at(-1) === String(items.length - 1));
}

/** Five times as fast as a property descriptor, which matters for a long list of numbers. */
const lookUpGetter = (Object.prototype as unknown as LegacyPrototype).__lookupGetter__;

interface LegacyPrototype {
  __lookupGetter__(this: object, key: PropertyKey): unknown;
}

function hasGetter(owner: object, key: PropertyKey): boolean {
  return lookUpGetter.call(owner, key) !== undefined;
}

function here(what: notJson.NotJson): Problem {
  return { what, at: "" };
}

/**
 * The path where plain data first contains itself; `undefined` when it is only deeper than `maxDepth`. It reads
 * properties, so the caller must know that they are plain up to that place.
 */
function findCycle(root: unknown, maxDepth: number): string | undefined {
  const ancestors = new Set<unknown>();
  return search(root);

  function search(value: unknown): string | undefined {
    if (typeof value !== "object" || value === null) return undefined;
    if (ancestors.has(value)) return "";
    if (ancestors.size === maxDepth) return undefined;
    ancestors.add(value);
    for (const [key, member] of Object.entries(value)) {
      const found = search(member);
      if (found !== undefined) return (Array.isArray(value) ? `[${key}]` : stepInto(key)) + found;
    }
    ancestors.delete(value);
    return undefined;
  }
}
