import { createHash } from "node:crypto";

/** A value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * What a shape demands and no comparison can decide, such as a refinement in code or the keyword `not`. Each is a text.
 * Equal texts are equal demands. Sorted, without repeats.
 */
type Rules = readonly string[];

/** Any value. */
export interface AnyShape {
  readonly kind: "any";
  readonly rules: Rules;
}

/** One value: `null`, `true`, a literal, one of an enum. */
export interface ConstShape {
  readonly kind: "const";
  readonly value: Json;
  readonly rules: Rules;
}

/** Numbers in a range. */
export interface NumberShape {
  readonly kind: "number";
  readonly isInteger: boolean;
  /** `-Infinity` without a limit. */
  readonly min: number;
  readonly isMinOpen: boolean;
  /** `Infinity` without a limit. */
  readonly max: number;
  readonly isMaxOpen: boolean;
  readonly multiples: readonly number[];
  readonly rules: Rules;
}

/** Texts, with lengths in characters. */
export interface StringShape {
  readonly kind: "string";
  readonly min: number;
  readonly max: number;
  readonly patterns: readonly string[];
  readonly formats: readonly string[];
  readonly rules: Rules;
}

/** Lists: the first items by position, then the others. */
export interface ArrayShape {
  readonly kind: "array";
  readonly prefix: readonly Schema[];
  readonly rest: Schema;
  readonly min: number;
  readonly max: number;
  readonly isUnique: boolean;
  readonly rules: Rules;
}

/** A declared name of an object. */
export interface Property {
  readonly schema: Schema;
  readonly isRequired: boolean;
}

/** Objects. */
export interface ObjectShape {
  readonly kind: "object";
  readonly props: ReadonlyMap<string, Property>;
  /** Values of undeclared names. `open`: the schema does not mention them, and so accepts them. */
  readonly rest: Schema | "open";
  readonly min: number;
  readonly max: number;
  readonly rules: Rules;
}

/** A set of values of one kind. */
export type Shape = AnyShape | ConstShape | NumberShape | StringShape | ArrayShape | ObjectShape;

/** A union of shapes. Without any, it accepts nothing. */
export type Schema = readonly Shape[];

export const ANY: AnyShape = { kind: "any", rules: [] };

export const NUMBER: NumberShape = {
  kind: "number",
  isInteger: false,
  min: Number.NEGATIVE_INFINITY,
  isMinOpen: false,
  max: Number.POSITIVE_INFINITY,
  isMaxOpen: false,
  multiples: [],
  rules: [],
};

export const STRING: StringShape = {
  kind: "string",
  min: 0,
  max: Number.POSITIVE_INFINITY,
  patterns: [],
  formats: [],
  rules: [],
};

export const ARRAY: ArrayShape = {
  kind: "array",
  prefix: [],
  rest: [ANY],
  min: 0,
  max: Number.POSITIVE_INFINITY,
  isUnique: false,
  rules: [],
};

export const OBJECT: ObjectShape = {
  kind: "object",
  props: new Map(),
  rest: "open",
  min: 0,
  max: Number.POSITIVE_INFINITY,
  rules: [],
};

/** The shape of one value. */
export function constant(value: Json): ConstShape {
  return { kind: "const", value, rules: [] };
}

/** Whether a shape is one value, without rules. */
export function isLiteral(shape: Shape): shape is ConstShape {
  return shape.kind === "const" && shape.rules.length === 0;
}

/** What an object accepts for a name. */
export function schemaOfName({ props, rest }: ObjectShape, name: string): Schema {
  return props.get(name)?.schema ?? (rest === "open" ? [ANY] : rest);
}

/**
 * Values of names that only another release declares; `undefined` where they count as not sent. An object that declares
 * names and mentions no others has only these, since producers are typed by it. One without any declared name is free.
 */
export function undeclaredValues({ props, rest }: ObjectShape): Schema | undefined {
  if (rest !== "open") return rest;
  return props.size === 0 ? [ANY] : undefined;
}

/** What a list accepts at a position. */
export function schemaAt({ prefix, rest }: ArrayShape, index: number): Schema {
  return prefix[index] ?? rest;
}

/** Sorted, without repeats. */
export function merged<Item extends string | number>(
  one: readonly Item[],
  other: readonly Item[],
): readonly Item[] {
  return [...new Set([...one, ...other])].sort((a, b) => (a < b ? -1 : 1));
}

/** The same text for equal values, whatever the order of their names. */
export function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Longer rules are kept as a hash. */
const MAX_RULE = 120;

/** Begins a rule that widens: its schema accepts more than its description says. */
const WIDENING = "coercion ";

/** The text of a rule: what kind it is, and its content. */
export function ruleText(kind: string, content: unknown): string {
  const text = typeof content === "string" ? content : sortedJson(content);
  const shown = text.length <= MAX_RULE ? text : `sha256:${digest(text)}`;
  return `${kind} ${shown}`;
}

/** Whether a rule accepts more than the shape beside it. */
export function isWidening(rule: string): boolean {
  return rule.startsWith(WIDENING);
}

/** 16 hex digits of a text's SHA-256. */
export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
