import { ConfigError } from "../errors/config-errors.ts";
import { type OptionRule, optionsCheck } from "../options/check-options.ts";
import { isObject } from "../options/is-object.ts";
import {
  anything,
  boolean,
  either,
  endless,
  func,
  listOf,
  mapOf,
  msAboveZero,
  oneOf,
  positive,
  queueName,
  text,
  textOrEmpty,
  whole,
} from "../options/option-rules.ts";
import { typeWord } from "../options/type-word.ts";
import { checkBackoff } from "../retry/backoff.ts";
import type { TaskOptions } from "./task.ts";

/** Task names appear in consoles, metrics and command lines: letters, digits, `_`, `.` and `-`, at most 80. */
const TASK_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,79}$/;

/** @throws ConfigError naming `where` when `name` cannot be a task's name. */
export function checkTaskName(name: unknown, where: string): asserts name is string {
  if (typeof name === "string" && TASK_NAME.test(name)) return;
  throw new ConfigError(`${where}: ${shown(name)} cannot be a task's name.`, {
    hint: "Use a letter, then letters, digits, _, . or -; at most 80 characters.",
  });
}

/** More would take the compiler long to count. */
const MAX_VERSION = 500;

/** What `upcast` returns. */
const upcast: OptionRule = {
  expected: "made by upcast",
  accepts: (value) => isObject(value) && "params" in value && func.accepts(value.up),
};

const checkOptions = optionsCheck<TaskOptions>({
  queue: queueName,
  maxAttempts: whole(1),
  timeoutMs: msAboveZero(true),
  backoff: anything,
  nonRetryable: listOf("error classes or predicates", func),
  priority: whole(0, 9),
  domain: queueName,
  concurrency: either(whole(1), endless),
  ratePerSecond: positive,
  sharedRatePerSecond: positive,
  pollIntervalMs: msAboveZero(true),
  isPaused: either(boolean, func),
  aliases: listOf("task names", text),
  compat: oneOf("strict", "additive"),
  version: whole(1, MAX_VERSION),
  from: mapOf("versions", upcast),
  to: mapOf("functions", func),
  onMismatch: oneOf("hold", "dead"),
  redact: listOf("parameter names", text),
  logParams: boolean,
  monitorParams: boolean,
  description: textOrEmpty,
});

/**
 * Checks the options of a task and returns a frozen copy without `undefined` ones. Version 1 is left out too, as in envelopes.
 * @throws ConfigError naming `where` and the option that is unknown or cannot be used.
 */
export function checkTaskOptions(where: string, options: TaskOptions): TaskOptions {
  checkOptions(options, where);
  const entries = Object.entries(options).filter(
    ([option, value]) => value !== undefined && !(option === "version" && value === 1),
  );
  if (options.backoff !== undefined) checkBackoff(options.backoff, `${where}: backoff`);
  for (const alias of options.aliases ?? []) checkTaskName(alias, `${where}: aliases`);
  return Object.freeze(Object.fromEntries(entries.map(([option, value]) => [option, frozenCopy(value)])));
}

function frozenCopy(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze([...value]);
  return typeof value === "object" && value !== null ? Object.freeze({ ...value }) : value;
}

/** Definitions are code, not data of jobs, so the value may be shown. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "number" ? String(value) : typeWord(value);
}
