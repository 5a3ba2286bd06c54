import { ConfigError } from "../errors/config-errors.ts";
import { checkBackoff } from "../retry/backoff.ts";
import { didYouMean } from "./did-you-mean.ts";
import { typeWord } from "./issue-words.ts";
import type { TaskOptions } from "./task.ts";

/** Task names travel to consoles, metrics and command lines: letters, digits, `_`, `.` and `-`, at most 80. */
const TASK_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,79}$/;

/** What every broker accepts as a queue name; adapters may allow less. */
const QUEUE_NAME = /^[A-Za-z0-9_.-]{1,80}$/;

/** @throws ConfigError naming `where` when `name` cannot be a task's name. */
export function checkTaskName(name: unknown, where: string): asserts name is string {
  if (typeof name === "string" && TASK_NAME.test(name)) return;
  throw new ConfigError(`${where}: ${shown(name)} cannot be a task's name.`, {
    hint: "Start with a letter, go on with letters, digits, _, . or -, at most 80 characters.",
  });
}

/** An option's rule in words, and the test of it. */
interface Rule {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

const RULES: { readonly [Option in keyof Required<TaskOptions>]: Rule } = {
  queue: { expected: "1 to 80 letters, digits, _, . or -", accepts: matches(QUEUE_NAME) },
  maxAttempts: { expected: "a whole number from 1", accepts: isWholeFrom(1) },
  timeoutMs: {
    expected: "ms above 0, or Infinity",
    accepts: (value) => typeof value === "number" && value > 0,
  },
  backoff: { expected: "a backoff", accepts: () => true },
  nonRetryable: { expected: "a list of error classes or predicates", accepts: isListOf("function") },
  priority: {
    expected: "a whole number from 0 to 9",
    accepts: (value) => isWholeFrom(0)(value) && Number(value) <= 9,
  },
  domain: { expected: "1 to 80 letters, digits, _, . or -", accepts: matches(QUEUE_NAME) },
  concurrency: { expected: "a whole number from 1, or Infinity", accepts: isWholeOrInfinite },
  ratePerSecond: {
    expected: "a number above 0",
    accepts: (value) => typeof value === "number" && value > 0,
  },
  sharedRatePerSecond: {
    expected: "a number above 0",
    accepts: (value) => typeof value === "number" && value > 0,
  },
  pollIntervalMs: {
    expected: "ms above 0, or Infinity",
    accepts: (value) => typeof value === "number" && value > 0,
  },
  isPaused: {
    expected: "true, false or a function that tells",
    accepts: (value) => typeof value === "boolean" || typeof value === "function",
  },
  aliases: { expected: "a list of task names", accepts: isListOf("string") },
  compat: { expected: '"strict" or "additive"', accepts: isOneOf("strict", "additive") },
  onMismatch: { expected: '"hold" or "dead"', accepts: isOneOf("hold", "dead") },
  description: { expected: "a line of text", accepts: (value) => typeof value === "string" },
};

/**
 * Checks what a task says about its own jobs and gives a frozen copy without options that are `undefined`.
 * @throws ConfigError naming `where` and the option that is unknown or cannot be used.
 */
export function checkTaskOptions(where: string, options: TaskOptions): TaskOptions {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [option, value] of entries) checkOption(where, option, value);
  if (options.backoff !== undefined) checkBackoff(options.backoff, `${where}: backoff`);
  for (const alias of options.aliases ?? []) checkTaskName(alias, `${where}: aliases`);
  return Object.freeze(Object.fromEntries(entries.map(([option, value]) => [option, frozenCopy(value)])));
}

function checkOption(where: string, option: string, value: unknown): void {
  const known = Object.keys(RULES);
  if (!known.includes(option)) {
    const meant = didYouMean(option, known);
    throw new ConfigError(`${where}: unknown option "${option}".`, {
      hint: meant === undefined ? `Known: ${known.join(", ")}.` : `Did you mean "${meant}"?`,
    });
  }
  const rule = RULES[option as keyof TaskOptions];
  if (rule.accepts(value)) return;
  throw new ConfigError(`${where}: ${option} must be ${rule.expected}, got ${shown(value)}.`);
}

function frozenCopy(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze([...value]);
  return typeof value === "object" && value !== null ? Object.freeze({ ...value }) : value;
}

/** Definitions are code, not data of jobs: here the value may be shown. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "number" ? String(value) : typeWord(value);
}

function matches(pattern: RegExp): Rule["accepts"] {
  return (value) => typeof value === "string" && pattern.test(value);
}

function isWholeFrom(min: number): Rule["accepts"] {
  return (value) => Number.isSafeInteger(value) && Number(value) >= min;
}

function isWholeOrInfinite(value: unknown): boolean {
  return value === Number.POSITIVE_INFINITY || isWholeFrom(1)(value);
}

function isListOf(type: "string" | "function"): Rule["accepts"] {
  return (value) => Array.isArray(value) && value.every((item) => typeof item === type);
}

function isOneOf(...allowed: readonly string[]): Rule["accepts"] {
  return (value) => allowed.includes(value as string);
}
