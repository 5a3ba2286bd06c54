import { isObject } from "../options/is-object.ts";
import { isDelay } from "../runtime/delay.ts";
import type { Join, NextStep } from "./next-step.ts";

/** Nobody nests deeper on purpose; a foreign body must not cost the stack. */
const MAX_DEPTH = 100;

/** Whether a value is a list of steps as envelopes hold it. */
export function areNextSteps(value: unknown): value is readonly NextStep[] {
  return areSteps(value, 0);
}

/** Whether a value is a join as envelopes hold it. */
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
    isFilled(task) &&
    isObject(params) &&
    typeof sig === "string" &&
    isFilled(queue) &&
    (takes === undefined || (isObject(takes) && Object.values(takes).every(isFilled))) &&
    [domain, groupKey].every((text) => text === undefined || isFilled(text)) &&
    [value.delayMs, value.priority, value.maxAttempts].every(isCountOrAbsent) &&
    (value.delayMs === undefined || isDelay(value.delayMs))
  );
}

function isJoinAt(value: unknown, depth: number): boolean {
  if (!isObject(value) || depth > MAX_DEPTH) return false;
  const { id, size, index, next, join } = value;
  return (
    isFilled(id) &&
    isCount(size) &&
    isCount(index) &&
    index < size &&
    areSteps(next, depth) &&
    (join === undefined || isJoinAt(join, depth + 1))
  );
}

function isFilled(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isCountOrAbsent(value: unknown): boolean {
  return value === undefined || isCount(value);
}
