import { REACHES } from "../coordination/reach.ts";
import { type BrokerTarget, InvalidAnswerError } from "../errors/broker-errors.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { docsPage } from "../errors/docs-page.ts";
import type { OptionRule } from "../options/check-options.ts";
import { func, oneOf, text } from "../options/option-rules.ts";
import { typeWord } from "../options/type-word.ts";
import type { Capabilities } from "./capabilities.ts";

/** A rule for each member of what an adapter or a store hands out. */
export type FormRules<Form> = { readonly [Name in keyof Required<Form>]: OptionRule };

/** Also takes a member that is left out. */
export function optional(rule: OptionRule): OptionRule {
  return { ...rule, accepts: (value) => value === undefined || rule.accepts(value) };
}

/** The rules for the members that identify a broker or a result store. */
export const IDENTITY_RULES = { kind: text, reach: oneOf(...REACHES) };

/** The rules of a coordination store. */
export const COORDINATION_METHODS = { put: func, claim: func, list: func, count: func, remove: func };

/** All that is wrong with `given`, one text a member. `isClosed`: no member but those with a rule may be there. */
export function wrongMembers(
  given: unknown,
  rules: Readonly<Record<string, OptionRule>>,
  isClosed = false,
): string[] {
  if ((typeof given !== "object" && typeof given !== "function") || given === null) {
    return [`it must be an object, got ${typeWord(given)}`];
  }
  const wrong = isClosed
    ? Object.keys(given)
        .filter((name) => !Object.hasOwn(rules, name))
        .map((name) => `unknown ${name}`)
    : [];
  for (const [name, rule] of Object.entries(rules)) {
    const value: unknown = Reflect.get(given, name);
    if (!rule.accepts(value)) wrong.push(`${name} must be ${rule.expected}, got ${shown(value)}`);
  }
  return wrong;
}

function shown(value: unknown): string {
  return typeof value === "number" ? String(value) : typeWord(value);
}

/**
 * Checks a broker or a store that a program passes in.
 * @throws ConfigError that lists everything that is wrong
 */
export function checkGiven<Form>(given: unknown, what: string, rules: FormRules<Form>): void {
  const wrong = wrongMembers(given, rules);
  if (wrong.length === 0) return;
  throw new ConfigError(`${what} is not usable: ${wrong.join("; ")}.`, {
    hint: `Implement every member of its interface, see ${docsPage("guide/writing-an-adapter.md")}`,
  });
}

/** Refuses an answer that is an object of a wrong form, with all that is wrong. @throws InvalidAnswerError */
export function checkAnswered<Form>(
  answer: Form,
  { target, call }: { readonly target: BrokerTarget; readonly call: string },
  rules: FormRules<Form>,
): Form {
  const wrong = wrongMembers(answer, rules);
  if (wrong.length === 0) return answer;
  throw new InvalidAnswerError(target, { call, expected: "an object of its form", got: wrong.join("; ") });
}

const atLeastZero: OptionRule = {
  expected: "a number, 0 or more",
  accepts: (value) => typeof value === "number" && value >= 0,
};
const limit: OptionRule = {
  expected: "a number above 0",
  accepts: (value) => typeof value === "number" && value > 0,
};
const flag: OptionRule = { expected: "true or false", accepts: (value) => typeof value === "boolean" };

/** One of some values, as they are written in code. */
function among(...values: readonly (string | boolean | null)[]): OptionRule {
  return {
    expected: values.map((value) => JSON.stringify(value)).join(" or "),
    accepts: (value) => values.some((one) => one === value),
  };
}

/** An object of numbers. */
function numbers(members: Readonly<Record<string, OptionRule>>): OptionRule {
  const form = Object.entries(members).map(([name, { expected }]) => `${name}: ${expected}`);
  return {
    expected: `{ ${form.join(", ")} }`,
    accepts: (value) => wrongMembers(value, members, true).length === 0,
  };
}

function or(one: OptionRule, other: OptionRule): OptionRule {
  return {
    expected: `${one.expected} or ${other.expected}`,
    accepts: (value) => one.accepts(value) || other.accepts(value),
  };
}

const CAPABILITIES: FormRules<Capabilities> = {
  delay: or(among(false), numbers({ maxMs: atLeastZero, nativeMs: atLeastZero })),
  retryDelay: numbers({ maxMs: atLeastZero }),
  resolutionMs: atLeastZero,
  priority: or(among(false), numbers({ levels: limit })),
  order: among("fifo", "best-effort"),
  groups: among(false, "fair", "ordered"),
  dedupe: or(among(false, "while-stored"), numbers({ windowMs: atLeastZero })),
  maxReceive: limit,
  maxMessageBytes: limit,
  bodyText: among("any", "unicode", "unicode-without-nul", "xml"),
  lease: numbers({ maxMs: limit, maxTotalMs: or(among(null), limit) }),
  fencing: among(false, "lease-end", "next-lease"),
  abortMs: atLeastZero,
  recoveryMs: atLeastZero,
  deliveryCount: among("exact", "approximate"),
  failureCount: among("exact", "none"),
  crashCount: among("exact", "none"),
  maxDeliveries: or(among(null), limit),
  deadLetter: among(false, "native", "copy"),
  keepsFinished: flag,
  durable: flag,
  provisioning: among("auto", "external"),
  stats: among("exact", "approximate"),
  peek: among(true, false, "dead"),
  remove: flag,
  pause: flag,
  purge: among(false, "immediate", "eventual"),
  redrive: flag,
  transactions: flag,
};

/** Refuses capabilities that are missing, of a wrong type or unknown, with all that is wrong. @throws InvalidAnswerError */
export function checkCapabilities(capabilities: Capabilities, target: BrokerTarget, call: string): void {
  const wrong = wrongMembers(capabilities, CAPABILITIES, true);
  if (wrong.length === 0) return;
  const expected = "capabilities that are whole and known";
  throw new InvalidAnswerError(target, { call, expected, got: wrong.join("; ") });
}
