import { ConfigError } from "../errors/config-errors.ts";
import { didYouMean } from "./did-you-mean.ts";
import { typeWord } from "./type-word.ts";

/** The rule for one option. */
export interface OptionRule {
  /** As words that follow "must be". */
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
  /**
   * Whether an error may quote a refused text. Default false, since it may be a password. Numbers are shown where a
   * number is expected.
   */
  readonly isShown?: boolean;
  /** Checks the content of an option that is itself a set of options. @throws ConfigError naming `where` */
  readonly inside?: (value: unknown, where: string) => void;
  /** The wrong element of a refused list or map; `undefined` when the value is neither. */
  readonly wrongElement?: (value: unknown) => WrongElement | undefined;
}

/** An element of a list or map that its rule refuses. */
export interface WrongElement {
  /** The path after the name of the container: `[2]`, `.name`. */
  readonly path: string;
  readonly rule: OptionRule;
  readonly value: unknown;
}

/** A rule for a required option. */
export interface RequiredRule extends OptionRule {
  readonly isRequired: true;
}

/** The names of every member of a union. */
type NamesOf<Options> = Options extends unknown ? keyof Options : never;

type RuleOf<Options, Name> = Options extends unknown
  ? Name extends keyof Options
    ? undefined extends Options[Name]
      ? OptionRule
      : RequiredRule
    : OptionRule
  : never;

/**
 * A rule for each option. The compiler refuses a missing rule, one for an unknown option, and an optional one for a
 * required option.
 */
export type OptionRules<Options> = { readonly [Name in NamesOf<Options>]-?: RuleOf<Options, Name> };

/**
 * Refuses options that are unknown or invalid.
 * @throws ConfigError naming `where` and the option, never the value of a text
 */
export type OptionsCheck = (options: unknown, where: string) => void;

/**
 * Makes the check for one options object of the public API. `undefined` counts as left out. Each known option costs one
 * look-up and no allocation, so that every enqueue can be checked. A bundler leaves out a check that nobody makes:
 * @__NO_SIDE_EFFECTS__
 */
export function optionsCheck<Options extends object>(rules: OptionRules<Options>): OptionsCheck {
  // A map, since every object has "constructor" and "toString".
  const known: ReadonlyMap<string, OptionRule> = new Map(Object.entries(rules));
  const required = [...known].filter(([, rule]) => "isRequired" in rule);
  return (options, where) => {
    if (typeof options !== "object" || options === null || Array.isArray(options)) {
      throw new ConfigError(`${where}: the options must be an object, got ${typeWord(options)}.`, {
        hint: `Known: ${[...known.keys()].join(", ")}.`,
      });
    }
    for (const name in options) {
      const rule = known.get(name);
      if (rule === undefined) throw unknownOption(where, name, known);
      const value: unknown = options[name as keyof typeof options];
      if (value === undefined) continue;
      if (!rule.accepts(value)) throw refusal(`${where}: ${name}`, rule, value);
      rule.inside?.(value, `${where}: ${name}`);
    }
    for (const [name, rule] of required) {
      if (options[name as keyof typeof options] !== undefined) continue;
      throw new ConfigError(`${where} needs ${name}: ${rule.expected}.`);
    }
  };
}

/** The same rule for a required option. */
export function required(rule: OptionRule): RequiredRule {
  return { ...rule, isRequired: true };
}

/** Checks an argument that is not a named option. @throws ConfigError naming `where` */
export function checkArgument(value: unknown, where: string, rule: OptionRule): void {
  if (!rule.accepts(value)) throw refusal(where, rule, value);
}

function unknownOption(where: string, name: string, known: ReadonlyMap<string, OptionRule>): ConfigError {
  const names = [...known.keys()];
  // A wrong unit is the most common mistake: `delay` for `delayMs`, `leaseSeconds` for `leaseMs`.
  const meant = names.find((one) => one === `${name}Ms`) ?? didYouMean(name, names);
  return new ConfigError(`${where}: unknown option ${JSON.stringify(name.slice(0, 80))}.`, {
    hint: meant === undefined ? `Known: ${names.join(", ")}.` : `Did you mean "${meant}"?`,
  });
}

function refusal(subject: string, rule: OptionRule, value: unknown): ConfigError {
  const wrong = rule.wrongElement?.(value);
  if (wrong !== undefined) return refusal(`${subject}${wrong.path}`, wrong.rule, wrong.value);
  return new ConfigError(`${subject} must be ${rule.expected}, got ${got(rule, value)}.`);
}

function got(rule: OptionRule, value: unknown): string {
  if (rule.isShown === true) {
    if (typeof value === "number") return String(value);
    if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  }
  return value === "" ? "an empty text" : typeWord(value);
}
