import { isObject } from "../options/is-object.ts";
import { isDelay } from "../runtime/delay.ts";
import { isStoredMoment } from "../runtime/moment.ts";
import type { Envelope, Join, NextStep } from "./envelope.ts";

/** The rule for a field of an envelope. */
export interface FieldRule {
  /** In words, for the error. */
  readonly expected: string;
  readonly isRequired: boolean;
  readonly accepts: (value: unknown) => boolean;
}

type Test = FieldRule["accepts"];

const isText: Test = (value) => typeof value === "string";
const isFilledText: Test = (value) => typeof value === "string" && value !== "";
const isObjectOfFilledTexts: Test = (value) => isObject(value) && Object.values(value).every(isFilledText);
const isListOfFilledTexts: Test = (value) => Array.isArray(value) && value.every(isFilledText);
const isObjectOfTexts: Test = (value) => isObject(value) && Object.values(value).every(isText);

const FILLED = "a text that is not empty";
const TIME = "a time like 2026-01-31T12:00:00.000Z";

/** All fields that this release knows besides the version, in the order of writing. */
const RULES: { readonly [Field in keyof Required<Omit<Envelope, "v">>]: FieldRule } = {
  task: required(FILLED, isFilledText),
  params: required("an object", isObject),
  id: required(FILLED, isFilledText),
  sig: required("a text", isText),
  enqueuedAt: required(TIME, isStoredMoment),
  maxAttempts: optional("a whole number from 1", isWholeFrom(1)),
  backoff: optional("a pause, a list of them or an exponential", isBackoffPlan),
  notBefore: optional(TIME, isStoredMoment),
  expiresAt: optional(TIME, isStoredMoment),
  queue: optional(FILLED, isFilledText),
  domain: optional(FILLED, isFilledText),
  priorAttempts: optional("a whole number from 0", isWholeFrom(0)),
  chain: optional(FILLED, isFilledText),
  chainStartedAt: optional(TIME, isStoredMoment),
  next: optional("a list of steps", areNextSteps),
  join: optional("the place of a line in its group", isJoin),
  unchecked: optional("an object of paths", isObjectOfFilledTexts),
  parent: optional(FILLED, isFilledText),
  group: optional(FILLED, isFilledText),
  dedupeKey: optional(FILLED, isFilledText),
  rel: optional("a text", isText),
  taskVersion: optional("a whole number from 1", isWholeFrom(1)),
  tags: optional("a list of texts that are not empty", isListOfFilledTexts),
  headers: optional("an object of texts", isObjectOfTexts),
};

/** The rules by name, for reading; other fields are kept unchanged. */
const RULE_OF: ReadonlyMap<string, FieldRule> = new Map(Object.entries(RULES));

const REQUIRED_COUNT = Object.values(RULES).filter((rule) => rule.isRequired).length;

/** Whether this release knows the field. */
export function isKnownField(field: string): boolean {
  return field === "v" || RULE_OF.has(field);
}

/** Whether all fields are valid and no required one is missing. It does not check the version. */
export function areFieldsValid(fields: Readonly<Record<string, unknown>>): boolean {
  let required = 0;
  for (const field in fields) {
    const rule = RULE_OF.get(field);
    if (rule === undefined) continue;
    if (!rule.accepts(fields[field])) return false;
    if (rule.isRequired) required++;
  }
  return required === REQUIRED_COUNT;
}

/** One sentence for each field that is missing or of the wrong type; it never quotes values. */
export function describeFieldProblems(fields: Readonly<Record<string, unknown>>): readonly string[] {
  return [...RULE_OF]
    .filter(([field, rule]) =>
      Object.hasOwn(fields, field) ? !rule.accepts(fields[field]) : rule.isRequired,
    )
    .map(([field, rule]) => `${field} must be ${rule.expected}`);
}

function required(expected: string, accepts: Test): FieldRule {
  return { expected, isRequired: true, accepts };
}

function optional(expected: string, accepts: Test): FieldRule {
  return { expected, isRequired: false, accepts };
}

/** The same values that a task may have as its backoff, functions aside. */
function isBackoffPlan(value: unknown): boolean {
  if (isDelay(value)) return true;
  if (Array.isArray(value)) return value.length > 0 && value.every((delay) => isDelay(delay));
  if (!isObject(value)) return false;
  const { type, baseMs, maxMs, jitter } = value;
  const isJitter = jitter === undefined || typeof jitter === "boolean";
  return type === "exponential" && isDelay(baseMs) && isDelay(maxMs) && isJitter;
}

function isWholeFrom(min: number): Test {
  return (value) => Number.isSafeInteger(value) && Number(value) >= min;
}

/** Deeper nesting is never intended; a foreign body must not overflow the stack. */
const MAX_DEPTH = 100;

/** Whether a value is a valid list of steps. */
export function areNextSteps(value: unknown): value is readonly NextStep[] {
  return areSteps(value, 0);
}

/** Whether a value is a valid join. */
export function isJoin(value: unknown): value is Join {
  return isJoinAt(value, 0);
}

function areSteps(value: unknown, depth: number): boolean {
  return depth < MAX_DEPTH && Array.isArray(value) && value.every((step) => isStep(step, depth + 1));
}

function isStep(value: unknown, depth: number): boolean {
  if (!isObject(value)) return false;
  if (value.group !== undefined) {
    return (
      Array.isArray(value.group) && value.group.every((line) => areSteps(line, depth) && line.length > 0)
    );
  }
  const { task, params, sig, queue, takes, domain, groupKey } = value;
  return (
    isFilledText(task) &&
    isObject(params) &&
    typeof sig === "string" &&
    isFilledText(queue) &&
    (takes === undefined || isObjectOfFilledTexts(takes)) &&
    [domain, groupKey].every((text) => text === undefined || isFilledText(text)) &&
    [value.delayMs, value.priority, value.maxAttempts].every(isCountOrAbsent) &&
    (value.delayMs === undefined || isDelay(value.delayMs)) &&
    (value.taskVersion === undefined || isWholeFrom(1)(value.taskVersion))
  );
}

function isJoinAt(value: unknown, depth: number): boolean {
  if (!isObject(value) || depth > MAX_DEPTH) return false;
  const { id, size, index, next, join } = value;
  return (
    isFilledText(id) &&
    isCount(size) &&
    isCount(index) &&
    index < size &&
    areSteps(next, depth) &&
    (join === undefined || isJoinAt(join, depth + 1))
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isCountOrAbsent(value: unknown): boolean {
  return value === undefined || isCount(value);
}
