import { isRecord } from "./accepts.ts";
import { FORMATS, repeatsFormat } from "./formats.ts";
import {
  ARRAY,
  type ArrayShape,
  merged,
  NUMBER,
  type NumberShape,
  OBJECT,
  type ObjectShape,
  type Property,
  ruleText,
  type Schema,
  STRING,
  type StringShape,
  sortedJson,
} from "./model.ts";

type Node = Readonly<Record<string, unknown>>;

/** Reads a schema inside of this one. */
export type ReadInner = (child: unknown) => Schema;

/** What the keywords of one kind say about its values; nothing for an unknown kind. */
export function shapeOfKind(kind: unknown, node: Node, inner: ReadInner): Schema {
  switch (kind) {
    case "number":
      return [numberOf(node)];
    case "integer":
      return [{ ...numberOf(node), isInteger: true }];
    case "string":
      return [stringOf(node)];
    case "array":
      return [arrayOf(node, inner)];
    case "object":
      return [objectOf(node, inner)];
    default:
      return [];
  }
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

function numberOf(node: Node): NumberShape {
  const [min, above] = [numberOr(node.minimum, NUMBER.min), numberOr(node.exclusiveMinimum, NUMBER.min)];
  const [max, below] = [numberOr(node.maximum, NUMBER.max), numberOr(node.exclusiveMaximum, NUMBER.max)];
  return {
    ...NUMBER,
    min: Math.max(min, above),
    isMinOpen: Number.isFinite(above) && above >= min,
    max: Math.min(max, below),
    isMaxOpen: Number.isFinite(below) && below <= max,
    multiples: typeof node.multipleOf === "number" ? [node.multipleOf] : [],
  };
}

/** A pattern that only repeats its format is dropped: some libraries print it, and others do not. */
function stringOf(node: Node): StringShape {
  const name = typeof node.format === "string" ? node.format : undefined;
  const format = name === undefined ? undefined : FORMATS[name];
  const isRepeated = (pattern: string) => format !== undefined && repeatsFormat(pattern, format);
  return {
    ...STRING,
    min: numberOr(node.minLength, STRING.min),
    max: numberOr(node.maxLength, STRING.max),
    patterns: typeof node.pattern === "string" && !isRepeated(node.pattern) ? [node.pattern] : [],
    formats: name !== undefined && format !== undefined ? [name] : [],
    rules: name !== undefined && format === undefined ? [ruleText("format", name)] : [],
  };
}

/** Until draft 2019-09 the first items stand in `items`, and the others in `additionalItems`. */
function arrayOf(node: Node, inner: ReadInner): ArrayShape {
  const isOld = Array.isArray(node.items);
  const prefix: unknown = isOld ? node.items : node.prefixItems;
  return {
    ...ARRAY,
    prefix: Array.isArray(prefix) ? prefix.map(inner) : [],
    rest: inner(isOld ? node.additionalItems : node.items),
    min: numberOr(node.minItems, ARRAY.min),
    max: numberOr(node.maxItems, ARRAY.max),
    isUnique: node.uniqueItems === true,
  };
}

/** Names of any kind: TypeBox writes records so. */
const ANY_NAME: readonly string[] = ["^.*$", "^(.*)$", ".*", ""];

function objectOf(node: Node, inner: ReadInner): ObjectShape {
  const required = Array.isArray(node.required) ? node.required.map(String) : [];
  const declared = isRecord(node.properties) ? Object.entries(node.properties) : [];
  const { rest, rules } = restOf(node, inner);
  const names = merged(
    declared.map(([name]) => name),
    required,
  );
  const schemas = new Map<string, unknown>(declared);
  const undeclared: Schema = rest === "open" ? inner(true) : rest;
  const props = names.map((name): [string, Property] => [
    name,
    {
      schema: schemas.has(name) ? inner(schemas.get(name)) : undeclared,
      isRequired: required.includes(name),
    },
  ]);
  return {
    ...OBJECT,
    props: new Map(props),
    rest,
    min: numberOr(node.minProperties, OBJECT.min),
    max: numberOr(node.maxProperties, OBJECT.max),
    rules: merged(rules, nameRules(node)),
  };
}

function restOf(node: Node, inner: ReadInner): Pick<ObjectShape, "rest" | "rules"> {
  const patterns = isRecord(node.patternProperties) ? Object.entries(node.patternProperties) : [];
  const [first] = patterns;
  const isForAll = patterns.length === 1 && !isRecord(node.properties);
  if (first !== undefined && isForAll && ANY_NAME.includes(first[0]))
    return { rest: inner(first[1]), rules: [] };
  if (patterns.length > 0) {
    const { patternProperties, additionalProperties } = node;
    return {
      rest: "open",
      rules: [ruleText("patternProperties", { patternProperties, additionalProperties })],
    };
  }
  const isComposed = ["$ref", "allOf", "anyOf", "oneOf"].some((keyword) => keyword in node);
  const given = node.additionalProperties ?? (isComposed ? undefined : node.unevaluatedProperties);
  const isLate = isComposed && node.unevaluatedProperties !== undefined;
  const late = isLate ? [ruleText("unevaluatedProperties", sortedJson(node.unevaluatedProperties))] : [];
  return { rest: given === undefined ? "open" : inner(given), rules: late };
}

/** That names are texts is no rule. */
function nameRules({ propertyNames }: Node): readonly string[] {
  const isAnyText =
    propertyNames === undefined ||
    propertyNames === true ||
    sortedJson(propertyNames) === '{"type":"string"}';
  return isAnyText ? [] : [ruleText("propertyNames", propertyNames)];
}
