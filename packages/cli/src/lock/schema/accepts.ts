import { FORMATS } from "./formats.ts";
import { literalsOf } from "./literals.ts";
import {
  type ArrayShape,
  isWidening,
  type Json,
  type NumberShape,
  type ObjectShape,
  type Schema,
  type Shape,
  type StringShape,
  schemaAt,
  schemaOfName,
  sortedJson,
} from "./model.ts";
import { testPattern } from "./test-pattern.ts";

/** Whether a value is accepted; `unknown` where a rule decides that nobody can compare. */
export type Verdict = "yes" | "no" | "unknown";

/** Whether a schema accepts a value. */
export function accepts(schema: Schema, value: Json): Verdict {
  const { texts, others } = literalsOf(schema);
  if (texts.size > 0 && texts.has(sortedJson(value))) return "yes";
  let verdict: Verdict = "no";
  for (const shape of others) {
    const one = shapeAccepts(shape, value);
    if (one === "yes") return "yes";
    if (one === "unknown") verdict = "unknown";
  }
  return verdict;
}

function shapeAccepts(shape: Shape, value: Json): Verdict {
  const verdict = accepted(shape, value);
  if (shape.rules.length === 0) return verdict;
  return verdict === "no" && !shape.rules.some(isWidening) ? "no" : "unknown";
}

function accepted(shape: Shape, value: Json): Verdict {
  switch (shape.kind) {
    case "any":
      return "yes";
    case "const":
      return yesIf(sortedJson(shape.value) === sortedJson(value));
    case "number":
      return yesIf(typeof value === "number" && isInRange(shape, value));
    case "string":
      return typeof value === "string" ? acceptsText(shape, value) : "no";
    case "array":
      return Array.isArray(value) ? acceptsList(shape, value) : "no";
    case "object":
      return isRecord(value) ? acceptsObject(shape, value) : "no";
  }
}

function yesIf(condition: boolean): Verdict {
  return condition ? "yes" : "no";
}

/** All have to accept. */
function all(verdicts: Iterable<Verdict>): Verdict {
  let result: Verdict = "yes";
  for (const verdict of verdicts) {
    if (verdict === "no") return "no";
    if (verdict === "unknown") result = "unknown";
  }
  return result;
}

/** Whether a number is within the limits of a shape. */
export function isInRange(
  { isInteger, min, isMinOpen, max, isMaxOpen, multiples }: NumberShape,
  value: number,
): boolean {
  if (isInteger && !Number.isInteger(value)) return false;
  if (value < min || (isMinOpen && value === min)) return false;
  if (value > max || (isMaxOpen && value === max)) return false;
  return multiples.every((step) => isMultiple(value, step));
}

/** As ajv decides it. */
export function isMultiple(value: number, step: number): boolean {
  return Number.isInteger(value / step);
}

/** The length that JSON Schema means: code points. */
function lengthOf(text: string): number {
  return [...text].length;
}

function acceptsText({ min, max, patterns, formats }: StringShape, text: string): Verdict {
  const length = lengthOf(text);
  if (length < min || length > max) return "no";
  return all([
    ...patterns.map((pattern) => matchesPattern(pattern, text)),
    ...formats.map((format) => matchesFormat(format, text)),
  ]);
}

function matchesPattern(pattern: string, text: string): Verdict {
  const matches = testPattern(pattern, text);
  return matches === undefined ? "unknown" : yesIf(matches);
}

function matchesFormat(name: string, text: string): Verdict {
  const format = FORMATS[name];
  if (format === undefined || format.sure.test(text)) return format === undefined ? "unknown" : "yes";
  return format.loose.test(text) ? "unknown" : "no";
}

function acceptsList(shape: ArrayShape, list: readonly Json[]): Verdict {
  if (list.length < shape.min || list.length > shape.max) return "no";
  if (shape.isUnique && new Set(list.map(sortedJson)).size < list.length) return "no";
  return all(list.map((item, index) => accepts(schemaAt(shape, index), item)));
}

function acceptsObject(shape: ObjectShape, value: { readonly [name: string]: Json }): Verdict {
  const names = Object.keys(value);
  if (names.length < shape.min || names.length > shape.max) return "no";
  for (const [name, { isRequired }] of shape.props) {
    if (isRequired && !Object.hasOwn(value, name)) return "no";
  }
  return all(names.map((name) => accepts(schemaOfName(shape, name), value[name] as Json)));
}

/** Whether a value is an object of JSON. */
export function isRecord(value: unknown): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
