import { types } from "node:util";
import { NotJsonError } from "../errors/contract-errors.ts";

/** Deepest nesting of objects and arrays in params: deeper ones overflow the stack of some reader sooner or later. */
export const MAX_JSON_DEPTH = 200;

/**
 * Refuses every value that the trip through JSON would change or lose, so that what is enqueued is what arrives.
 * Accessors are never called. The same object in two places is fine, inside of itself it is not.
 * @throws NotJsonError with the place, e.g. `params.items[2].when`; never with the value.
 */
export function assertJson(value: unknown, path: string): void {
  const problem = findProblem(value, 0);
  if (problem !== undefined) throw toError(path, problem);
}

/**
 * The same check for named parameters, as a value: binding reports wrong names first. A parameter that holds
 * `undefined` passes here, since TypeScript code writes `{ subject: maybe }` for one that is left out.
 */
export function findParamsError(params: object, path: string): NotJsonError | undefined {
  const problem = findObjectProblem(params, 0, true);
  return problem === undefined ? undefined : toError(path, problem);
}

function toError(path: string, problem: Problem): NotJsonError {
  return new NotJsonError(path + problem.at, problem.found, problem.fix);
}

/** What JSON cannot carry; `at` grows from the inside out, so that the good case builds no paths. */
interface Problem {
  readonly at: string;
  readonly found: string;
  readonly fix?: string;
}

function findProblem(value: unknown, depth: number): Problem | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return findNumberProblem(value);
    case "object":
      return value === null ? undefined : findObjectProblem(value, depth);
    case "undefined":
      return { at: "", found: "undefined", fix: "Leave it out, or pass null." };
    case "bigint":
      return { at: "", found: "a BigInt", fix: "Pass it as a string." };
    default:
      return { at: "", found: `a ${typeof value}` };
  }
}

function findNumberProblem(value: number): Problem | undefined {
  if (!Number.isFinite(value)) return { at: "", found: String(value), fix: "Pass null or leave it out." };
  return Object.is(value, -0) ? { at: "", found: "-0", fix: "Pass 0." } : undefined;
}

function findObjectProblem(value: object, depth: number, mayLeaveOut = false): Problem | undefined {
  if (depth === MAX_JSON_DEPTH) {
    return { at: "", found: `a cycle or deeper than ${MAX_JSON_DEPTH} levels`, fix: "Pass flatter data." };
  }
  if (types.isProxy(value)) return { at: "", found: "a proxy", fix: "Pass a plain copy." };
  if (Array.isArray(value)) return findArrayProblem(value, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return describeForeignObject(value);
  return findMemberProblem(value, depth, mayLeaveOut);
}

function findMemberProblem(value: object, depth: number, mayLeaveOut: boolean): Problem | undefined {
  const keys = Object.getOwnPropertyNames(value);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    const problem = findPropertyProblem(value, key, depth, mayLeaveOut);
    if (problem !== undefined) return { ...problem, at: keyPath(key) + problem.at };
  }
  return findSymbolProblem(value);
}

function findPropertyProblem(
  owner: object,
  key: string,
  depth: number,
  mayLeaveOut: boolean,
): Problem | undefined {
  const property = Object.getOwnPropertyDescriptor(owner, key);
  if (property === undefined || !("value" in property)) {
    return { at: "", found: "an accessor", fix: "Pass its value." };
  }
  if (!property.enumerable) return { at: "", found: "a hidden property", fix: "Pass a plain object." };
  if (key === "__proto__") return { at: "", found: "a key that poisons prototypes", fix: "Rename it." };
  if (key === "toJSON" && typeof property.value === "function") {
    return { at: "", found: "a function that rewrites its object", fix: "Pass what toJSON() gives." };
  }
  if (mayLeaveOut && property.value === undefined) return undefined;
  return findProblem(property.value, depth + 1);
}

function findArrayProblem(value: readonly unknown[], depth: number): Problem | undefined {
  if (Object.getPrototypeOf(value) !== Array.prototype) return { at: "", found: "an array of a class" };
  const keys = Object.getOwnPropertyNames(value);
  if (keys.length > value.length + 1) return { at: "", found: "an array with named properties" };
  for (let i = 0; i < value.length; i++) {
    const problem = findItemProblem(value, i, depth);
    if (problem !== undefined) return { ...problem, at: `[${i}]${problem.at}` };
  }
  return findSymbolProblem(value);
}

function findItemProblem(owner: readonly unknown[], index: number, depth: number): Problem | undefined {
  if (!Object.hasOwn(owner, index)) return { at: "", found: "a hole in an array", fix: "Pass null." };
  return findPropertyProblem(owner, String(index), depth, false);
}

function findSymbolProblem(value: object): Problem | undefined {
  return Object.getOwnPropertySymbols(value).length === 0
    ? undefined
    : { at: "", found: "an object with symbol keys", fix: "Use string keys." };
}

function describeForeignObject(value: object): Problem {
  if (types.isDate(value)) return { at: "", found: "a Date", fix: "Pass date.toISOString()." };
  if (types.isMap(value)) return { at: "", found: "a Map", fix: "Pass Object.fromEntries(map)." };
  if (types.isSet(value)) return { at: "", found: "a Set", fix: "Pass [...set]." };
  if (types.isRegExp(value)) return { at: "", found: "a RegExp", fix: "Pass its source." };
  if (types.isBoxedPrimitive(value))
    return { at: "", found: "a boxed primitive", fix: "Pass the primitive." };
  if (types.isPromise(value)) return { at: "", found: "a promise", fix: "Await it first." };
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) {
    return { at: "", found: "binary data", fix: "Pass base64 text, or a reference to where it is stored." };
  }
  return { at: "", found: "a class instance" };
}

/** Plain names follow a dot; all others are quoted, so that a key can never be taken for a path. */
function keyPath(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
