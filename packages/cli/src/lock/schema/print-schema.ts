import { isLiteral, type Json, type ObjectShape, type Schema, type Shape, sortedJson } from "./model.ts";

/** The keyword that holds what cannot be compared. */
export const RULES = "x-rules";

type Printed = Readonly<Record<string, unknown>>;

/** The schema as JSON Schema: the same bytes for the same values, whichever library described them. */
export function printSchema(schema: Schema): Json {
  return JSON.parse(textOf(schema)) as Json;
}

/** The same as one line of text. */
export function textOf(schema: Schema): string {
  return sortedJson(printUnion(schema));
}

function printUnion(schema: Schema): Printed | boolean {
  const literals = schema.filter(isLiteral);
  const others = schema.filter((shape) => !isLiteral(shape)).map(printShape);
  const parts = [...printLiterals(literals.map(({ value }) => value)), ...others];
  const [first] = parts;
  if (first === undefined) return false;
  if (parts.length === 1) return Object.keys(first).length === 0 ? true : first;
  return { anyOf: parts.sort((one, other) => (sortedJson(one) < sortedJson(other) ? -1 : 1)) };
}

/** Both truth values are a type, as `null` is. The others are one enum. */
function printLiterals(values: readonly Json[]): Printed[] {
  const isBoolean = values.includes(true) && values.includes(false);
  const rest = values.filter((value) => value !== null && !(isBoolean && typeof value === "boolean"));
  const sorted = rest.sort((one, other) => (sortedJson(one) < sortedJson(other) ? -1 : 1));
  return [
    ...(values.includes(null) ? [{ type: "null" }] : []),
    ...(isBoolean ? [{ type: "boolean" }] : []),
    ...(sorted.length === 0 ? [] : [sorted.length === 1 ? { const: sorted[0] } : { enum: sorted }]),
  ];
}

function printShape(shape: Shape): Printed {
  const rules = shape.rules.length === 0 ? {} : { [RULES]: shape.rules };
  return { ...printValues(shape), ...rules };
}

function printValues(shape: Shape): Printed {
  switch (shape.kind) {
    case "any":
      return {};
    case "const":
      return { const: shape.value };
    case "number":
      return {
        type: shape.isInteger ? "integer" : "number",
        ...limit(shape.isMinOpen ? "exclusiveMinimum" : "minimum", shape.min),
        ...limit(shape.isMaxOpen ? "exclusiveMaximum" : "maximum", shape.max),
        ...several("multipleOf", shape.multiples),
      };
    case "string":
      return {
        type: "string",
        ...limit("minLength", shape.min),
        ...limit("maxLength", shape.max),
        ...several("pattern", shape.patterns),
        ...several("format", shape.formats),
      };
    case "array":
      return {
        type: "array",
        ...(shape.prefix.length === 0 ? {} : { prefixItems: shape.prefix.map(printUnion) }),
        ...(isAny(shape.rest) ? {} : { items: printUnion(shape.rest) }),
        ...limit("minItems", shape.min),
        ...limit("maxItems", shape.rest.length === 0 ? Number.POSITIVE_INFINITY : shape.max),
        ...(shape.isUnique ? { uniqueItems: true } : {}),
      };
    case "object":
      return printObject(shape);
  }
}

function printObject({ props, rest, min, max }: ObjectShape): Printed {
  const all = [...props];
  const required = all.filter(([, { isRequired }]) => isRequired).map(([name]) => name);
  const properties = Object.fromEntries(all.map(([name, { schema }]) => [name, printUnion(schema)]));
  return {
    type: "object",
    ...(all.length === 0 ? {} : { properties }),
    ...(required.length === 0 ? {} : { required: required.sort() }),
    ...(rest === "open" ? {} : { additionalProperties: printUnion(rest) }),
    ...limit("minProperties", min),
    ...limit("maxProperties", max),
  };
}

function isAny([shape, ...others]: Schema): boolean {
  return others.length === 0 && shape?.kind === "any" && shape.rules.length === 0;
}

/** A limit that says something. */
function limit(keyword: string, value: number): Printed {
  const saysNothing = !Number.isFinite(value) || (value === 0 && /^min[LIP]/.test(keyword));
  return saysNothing ? {} : { [keyword]: value };
}

/** A keyword that JSON Schema knows once: the second value stands in an `allOf`. */
function several(keyword: string, values: readonly unknown[]): Printed {
  const [first, ...others] = values;
  if (first === undefined) return {};
  return {
    [keyword]: first,
    ...(others.length === 0 ? {} : { allOf: others.map((value) => ({ [keyword]: value })) }),
  };
}
