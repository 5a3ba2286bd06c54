type Schema = Readonly<Record<string, unknown>>;

/** Values for one schema. */
export interface Generated {
  readonly values: readonly unknown[];
  /** Whether the schema surely accepts them all. False where it has rules that are not read here. */
  readonly isExact: boolean;
}

/** The most values of one part, so that a schema with many parts stays quick. */
const MAX_VALUES = 24;

/** Deeper parts, such as those of a schema that contains itself, are left out where that is allowed. */
const MAX_DEPTH = 8;

/** Keywords whose rules are not read. */
const UNREAD = [
  ...["allOf", "not", "if", "contains", "patternProperties", "propertyNames", "pattern", "x-rules"],
  ...["dependentRequired", "dependentSchemas", "minProperties", "maxProperties", "unevaluatedProperties"],
];

const OF_FORMAT: Readonly<Record<string, string>> = {
  email: "a@example.com",
  uuid: "0199f2c4-7d0e-4b6a-9a51-1f0c2d3e4f50",
  uri: "https://example.com/",
  "date-time": "2026-01-31T12:00:00.000Z",
  date: "2026-01-31",
  time: "12:00:00Z",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
};

const TEXTS = ["a", "", "Ab 9", "é🙂", "0", "null", " padded "];

/**
 * Values at the limits of a JSON Schema, the same at each call: each enum, both ends of each range, with and without each
 * optional name.
 */
export function generateValues(schema: unknown): Generated {
  const generator = new Generator(schema);
  const values = generator.valuesOf(schema, 0);
  return { values, isExact: generator.isExact };
}

class Generator {
  readonly #root: unknown;
  isExact = true;

  constructor(root: unknown) {
    this.#root = root;
  }

  valuesOf(schema: unknown, depth: number): readonly unknown[] {
    if (depth > MAX_DEPTH || schema === false) return [];
    if (!isRecord(schema)) return ANYTHING;
    return this.#listOf(schema, depth).slice(0, MAX_VALUES);
  }

  #listOf(schema: Schema, depth: number): readonly unknown[] {
    if (UNREAD.some((keyword) => keyword in schema)) this.isExact = false;
    if (typeof schema.$ref === "string") return this.valuesOf(this.#lookUp(schema.$ref), depth + 1);
    if ("const" in schema) return [schema.const];
    if (Array.isArray(schema.enum)) return schema.enum;
    const parts = schema.anyOf ?? schema.oneOf;
    if (Array.isArray(parts)) return parts.flatMap((part) => this.valuesOf(part, depth + 1).slice(0, 8));
    if (Array.isArray(schema.type))
      return schema.type.flatMap((type) => this.#ofType({ ...schema, type }, depth));
    return this.#ofType(schema, depth);
  }

  #ofType(schema: Schema, depth: number): readonly unknown[] {
    switch (schema.type) {
      case "null":
        return [null];
      case "boolean":
        return [true, false];
      case "string":
        return textsOf(schema);
      case "integer":
      case "number":
        return numbersOf(schema);
      case "array":
        return this.#arraysOf(schema, depth);
      case "object":
        return this.#objectsOf(schema, depth);
      default:
        return "properties" in schema ? this.#objectsOf(schema, depth) : ANYTHING;
    }
  }

  #arraysOf(schema: Schema, depth: number): readonly unknown[] {
    const prefix: readonly unknown[] = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
    const first = prefix.map((part) => this.valuesOf(part, depth + 1)[0]);
    const items = this.valuesOf(schema.items ?? {}, depth + 1);
    const min = limitOf(schema.minItems, 0);
    const max = limitOf(schema.maxItems, Math.max(min, first.length + items.length));
    const isUnique = schema.uniqueItems === true;
    const filled = (size: number) => [
      ...first.slice(0, size),
      ...Array.from({ length: Math.max(0, size - first.length) }, (_, index) => items[index % items.length]),
    ];
    const sizes = [...new Set([min, first.length, Math.min(max, first.length + 1), max])];
    return sizes
      .filter((size) => size >= min && size <= max && (items.length > 0 || size <= first.length))
      .map(filled)
      .filter((list) => !isUnique || new Set(list.map((one) => JSON.stringify(one))).size === list.length);
  }

  #objectsOf(schema: Schema, depth: number): readonly unknown[] {
    const properties = isRecord(schema.properties) ? schema.properties : {};
    const required = Array.isArray(schema.required) ? schema.required : [];
    const lists = Object.entries(properties).map(
      ([name, part]) => [name, this.valuesOf(part, depth + 1)] as const,
    );
    if (lists.some(([name, list]) => list.length === 0 && required.includes(name))) return [];
    const usable = lists.filter(([, list]) => list.length > 0);
    const pick = (index: number) =>
      Object.fromEntries(usable.map(([name, list]) => [name, list[index % list.length]]));
    const whole = pick(0);
    const least = Object.fromEntries(Object.entries(whole).filter(([name]) => required.includes(name)));
    const longest = Math.max(1, ...usable.map(([, list]) => list.length));
    const without = Object.keys(whole)
      .filter((name) => !required.includes(name))
      .map((name) => Object.fromEntries(Object.entries(whole).filter(([one]) => one !== name)));
    const rest = isRecord(schema.additionalProperties)
      ? this.valuesOf(schema.additionalProperties, depth + 1)
      : [];
    const open = rest.slice(0, 1).map((value) => ({ ...least, further: value }));
    return [
      least,
      whole,
      ...without,
      ...open,
      ...Array.from({ length: longest - 1 }, (_, index) => pick(index + 1)),
    ];
  }

  #lookUp(reference: string): unknown {
    if (!reference.startsWith("#")) return {};
    const keys = reference.slice(1).split("/").slice(1);
    return keys.reduce<unknown>(
      (part, key) => (isRecord(part) ? part[decodeURIComponent(key)] : undefined),
      this.#root,
    );
  }
}

const ANYTHING: readonly unknown[] = [null, "a", 0, 1.5, true, [], {}, { a: ["b"] }];

function textsOf(schema: Schema): readonly string[] {
  const min = limitOf(schema.minLength, 0);
  const max = limitOf(schema.maxLength, Math.max(min, 40));
  const ofFormat = typeof schema.format === "string" ? OF_FORMAT[schema.format] : undefined;
  const texts =
    ofFormat === undefined ? [...TEXTS, "a".repeat(min), "z".repeat(Math.min(max, min + 1_000))] : [ofFormat];
  const pattern = typeof schema.pattern === "string" ? new RegExp(schema.pattern, "u") : undefined;
  const fits = (text: string) => [...text].length >= min && [...text].length <= max;
  return [...new Set(texts)].filter((text) => fits(text) && (pattern?.test(text) ?? true));
}

function numbersOf(schema: Schema): readonly number[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const step = typeof multipleOf === "number" ? multipleOf : 1;
  const ends = [minimum, maximum, exclusiveMinimum, exclusiveMaximum].filter(
    (one) => typeof one === "number",
  );
  const near = ends.flatMap((end) => [end, end - step, end + step, end - step / 2, end + step / 2]);
  const fits = (value: number) =>
    value >= limitOf(minimum, Number.NEGATIVE_INFINITY) &&
    value <= limitOf(maximum, Number.POSITIVE_INFINITY) &&
    value > limitOf(exclusiveMinimum, Number.NEGATIVE_INFINITY) &&
    value < limitOf(exclusiveMaximum, Number.POSITIVE_INFINITY) &&
    (schema.type === "number" || Number.isInteger(value)) &&
    (multipleOf === undefined || Number.isInteger(value / step));
  return [...new Set([1, 0, -1, 1.5, 1_000_000, step, ...near])].filter(fits);
}

function limitOf(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

function isRecord(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
