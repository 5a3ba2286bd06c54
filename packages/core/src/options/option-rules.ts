import { types } from "node:util";
import { type DelayBounds, delayForm, isDelay, MAX_TIMER_MS } from "../runtime/delay.ts";
import type { OptionRule, OptionsCheck, WrongElement } from "./check-options.ts";
import { isObject } from "./is-object.ts";

/** Any text but the empty one. Never quoted. */
export const text: OptionRule = {
  expected: "a text",
  accepts: (value) => typeof value === "string" && value !== "",
};

/** Any text, also the empty one; its reader checks more. Never quoted. */
export const textOrEmpty: OptionRule = {
  expected: "a text",
  accepts: (value) => typeof value === "string",
};

/** The names of queues and domains that every broker accepts; adapters may allow less. */
const QUEUE_NAME = /^[A-Za-z0-9_.-]{1,80}$/;

/** A name of a queue or a domain. */
export const queueName: OptionRule = {
  expected: "1 to 80 letters, digits, _, . or -",
  accepts: (value) => typeof value === "string" && QUEUE_NAME.test(value),
  isShown: true,
};

/** No limit. */
export const endless: OptionRule = {
  expected: "Infinity",
  accepts: (value) => value === Number.POSITIVE_INFINITY,
  isShown: true,
};

/** `true` or `false`, not as text. */
export const boolean: OptionRule = {
  expected: "true or false",
  accepts: (value) => typeof value === "boolean",
};

/** A function. */
export const func: OptionRule = {
  expected: "a function",
  accepts: (value) => typeof value === "function",
};

/** A valid `Date` of any realm. */
export const date: OptionRule = {
  expected: "a valid Date",
  accepts: (value) => types.isDate(value) && !Number.isNaN(value.getTime()),
};

/** A `URL`, not its text. */
export const url: OptionRule = { expected: "a URL object", accepts: (value) => value instanceof URL };

/** A value that other code checks. */
export const anything: OptionRule = { expected: "anything", accepts: () => true };

/** Any object; a driver checks its content. */
export const object: OptionRule = { expected: "an object", accepts: isObject };

/** Any number; its reader checks the bounds. */
export const number: OptionRule = {
  expected: "a number",
  accepts: (value) => typeof value === "number",
  isShown: true,
};

/** A number above 0, `Infinity` included. */
export const positive: OptionRule = {
  expected: "a number above 0",
  accepts: (value) => typeof value === "number" && value > 0,
  isShown: true,
};

/** A whole number from `min` to `max`. */
export function whole(min: number, max = Number.MAX_SAFE_INTEGER): OptionRule {
  const upTo = max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`;
  return {
    expected: `a whole number from ${min}${upTo}`,
    accepts: (value) => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
    isShown: true,
  };
}

/** A time in ms, 0 or more; see `isDelay`. `isEndless`: `Infinity` too. */
export function ms(isEndless = false): OptionRule {
  return delay({ isEndless });
}

/** A time in ms above 0. `isEndless`: `Infinity` too. */
export function msAboveZero(isEndless = false): OptionRule {
  return delay({ isEndless, isPositive: true });
}

function delay(bounds: DelayBounds): OptionRule {
  return { expected: delayForm(bounds), accepts: (value) => isDelay(value, bounds), isShown: true };
}

/** A time in ms that a driver hands to a timer as it is: whole, from `min` to the longest that a timer takes. */
export function timerMs(min = 0): OptionRule {
  return {
    ...whole(min, MAX_TIMER_MS),
    expected: `a whole number of ms from ${min} to ${MAX_TIMER_MS} (24 days, the longest that its timer takes)`,
  };
}

/** The number of a port, also as its digits out of a variable. */
export function port(): OptionRule {
  const number = whole(1, 65_535);
  return either(number, {
    expected: "its digits",
    accepts: (value) => typeof value === "string" && /^\d+$/.test(value) && number.accepts(Number(value)),
  });
}

/** Refuses an option of a driver. `instead` says what to use for it, or why nothing needs it. */
export function leftOut(instead: string): OptionRule {
  return { expected: `left out (${instead})`, accepts: () => false };
}

/** One of the given words. */
export function oneOf(...words: readonly string[]): OptionRule {
  const quoted = words.map((word) => JSON.stringify(word));
  return {
    expected: [quoted.slice(0, -1).join(", "), quoted.at(-1)].filter((part) => part !== "").join(" or "),
    accepts: (value) => words.includes(value as string),
    isShown: true,
  };
}

/** An array of items that fit `rule`; `what` names them. */
export function listOf(what: string, rule: OptionRule): OptionRule {
  return {
    expected: `a list of ${what}`,
    accepts: (value) => Array.isArray(value) && value.every(rule.accepts),
    wrongElement: (value) => (Array.isArray(value) ? firstRefused(value.entries(), rule) : undefined),
  };
}

/** An object of values that fit `rule`; `what` names them. */
export function mapOf(what: string, rule: OptionRule): OptionRule {
  return {
    expected: `an object of ${what}`,
    accepts: (value) => isObject(value) && Object.values(value).every(rule.accepts),
    wrongElement: (value) => (isObject(value) ? firstRefused(Object.entries(value), rule) : undefined),
  };
}

function firstRefused(
  elements: Iterable<readonly [key: number | string, value: unknown]>,
  rule: OptionRule,
): WrongElement | undefined {
  for (const [key, value] of elements) {
    if (rule.accepts(value)) continue;
    const isPlainName = typeof key === "string" && /^[A-Za-z_$][\w$]{0,79}$/.test(key);
    const path = isPlainName
      ? `.${key}`
      : `[${JSON.stringify(typeof key === "string" ? key.slice(0, 80) : key)}]`;
    return { path, rule, value };
  }
  return undefined;
}

/**
 * An object with these methods, for what a program implements itself. A bundler leaves out what it makes for nobody:
 * @__NO_SIDE_EFFECTS__
 */
export function having(what: string, ...methods: readonly string[]): OptionRule {
  return {
    expected: what,
    accepts: (value) =>
      ((typeof value === "object" && value !== null) || typeof value === "function") &&
      methods.every((method) => typeof (value as Readonly<Record<string, unknown>>)[method] === "function"),
  };
}

/** A value that fits one of two rules. */
export function either(one: OptionRule, other: OptionRule): OptionRule {
  return {
    expected: `${one.expected} or ${other.expected}`,
    accepts: (value) => one.accepts(value) || other.accepts(value),
    isShown: one.isShown === true && other.isShown === true,
  };
}

/** What a driver calls a transaction: some libraries hand out a function. */
export const transaction: OptionRule = {
  ...either(object, func),
  expected: "a transaction of your driver",
};

/** Options within options. */
export function nested(inside: OptionsCheck): OptionRule {
  return { expected: "an object of options", accepts: isObject, inside };
}

/** A source of time. */
export const clock = having("a clock", "now", "monotonic");

/** A contract made by `defineTask`. */
export const task: OptionRule = { expected: "a task made by defineTask", accepts: isTask };

/** A broker. */
export const broker = having(
  "a broker, such as memory() or sqlite({ file })",
  "openQueue",
  "openConsumer",
  "close",
);

/** A result store. */
export const resultStore = having("a result store, such as memoryResults()", "put", "get", "close");

/** A history store. */
export const historyStore = having(
  "a history store, such as createMemoryHistory()",
  "write",
  "list",
  "events",
  "close",
);

function isTask(value: unknown): boolean {
  return isObject(value) && "name" in value && "signature" in value && "options" in value;
}
