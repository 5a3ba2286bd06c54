import fc from "fast-check";

/** A JSON Schema as data, of the keywords that libraries print. */
export type Node = { readonly [keyword: string]: unknown };

const NAMES = ["a", "b", "c", "d"];
const FORMATS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  email: fc.constantFrom("ada@example.com", "bob.smith@example.org"),
  uuid: fc.uuid({ version: 4 }),
  "date-time": fc
    .date({ min: new Date("2000-01-01"), max: new Date("2030-01-01"), noInvalidDate: true })
    .map((date) => date.toISOString()),
  date: fc
    .date({ min: new Date("2000-01-01"), max: new Date("2030-01-01"), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10)),
  ipv4: fc.ipV4(),
  uri: fc.constantFrom("https://example.com/x", "https://example.org"),
};

const SMALL = fc.integer({ min: -3, max: 12 });
const LENGTH = fc.integer({ min: 0, max: 6 });

const ordered = (least: string, most: string, one: fc.Arbitrary<number>) =>
  fc.tuple(fc.option(one, { nil: undefined }), fc.option(one, { nil: undefined })).map(([low, high]) => ({
    ...(low === undefined ? {} : { [least]: low }),
    ...(high === undefined ? {} : { [most]: Math.max(high, low ?? high) }),
  }));

const scalars = fc.constantFrom<string | number | boolean | null>("s", "m", "l", 1, 2, 5, true, null);

const leaf: fc.Arbitrary<Node> = fc.oneof(
  fc.record({ type: fc.constantFrom("number", "integer") }),
  ordered("minimum", "maximum", SMALL).map((range) => ({ type: "integer", ...range })),
  ordered("minimum", "exclusiveMaximum", SMALL)
    .filter(
      (range) =>
        range.minimum === undefined ||
        range.exclusiveMaximum === undefined ||
        range.minimum < range.exclusiveMaximum,
    )
    .map((range) => ({ type: "number", ...range })),
  fc.constantFrom(2, 3, 0.5).map((multipleOf) => ({ type: "number", multipleOf })),
  fc.constant({ type: "string" }),
  ordered("minLength", "maxLength", LENGTH).map((lengths) => ({ type: "string", ...lengths })),
  fc.constantFrom(...Object.keys(FORMATS)).map((format) => ({ type: "string", format })),
  fc.constant({ type: "boolean" }),
  fc.uniqueArray(scalars, { minLength: 1, maxLength: 4 }).map((values) => ({ enum: values })),
  fc
    .uniqueArray(scalars, { minLength: 1, maxLength: 3 })
    .map((values) => ({ anyOf: values.map((value) => ({ const: value })) })),
  fc.constantFrom("^[a-c]+$", "^\\d{2,4}$", "x").map((pattern) => ({ type: "string", pattern })),
  fc.constant({}),
);

const lists = (items: fc.Arbitrary<Node>): fc.Arbitrary<Node> =>
  fc
    .tuple(items, ordered("minItems", "maxItems", fc.integer({ min: 0, max: 3 })))
    .map(([each, lengths]) => ({ type: "array", items: each, ...lengths }));

const tree = fc.letrec<{ node: Node; object: Node; array: Node; union: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthIdentifier: "schema" },
    { weight: 6, arbitrary: leaf },
    { weight: 3, arbitrary: tie("object") },
    { weight: 2, arbitrary: tie("array") },
    { weight: 2, arbitrary: tie("union") },
  ),
  object: fc
    .tuple(
      fc.uniqueArray(
        fc.tuple(fc.constantFrom(...NAMES), tie("node"), fc.constantFrom("required", "optional", "default")),
        {
          maxLength: 4,
          selector: ([name]) => name,
        },
      ),
      fc.constantFrom(undefined, undefined, false, true, { type: "string" }),
    )
    .map(([props, rest]) => ({
      type: "object",
      properties: Object.fromEntries(
        props.map(([name, schema, presence]) => [
          name,
          presence === "default" ? { ...schema, default: 1 } : schema,
        ]),
      ),
      required: props.filter(([, , presence]) => presence === "required").map(([name]) => name),
      ...(rest === undefined ? {} : { additionalProperties: rest }),
    })),
  array: fc.oneof(
    { weight: 3, arbitrary: lists(tie("node")) },
    {
      weight: 1,
      arbitrary: fc
        .array(tie("node"), { minLength: 1, maxLength: 3 })
        .map((prefixItems) => ({ type: "array", prefixItems, items: false, minItems: prefixItems.length })),
    },
  ),
  union: fc.oneof(
    {
      weight: 3,
      arbitrary: fc
        .tuple(tie("node"), fc.oneof(fc.constant({ type: "null" }), tie("node")))
        .map(([one, other]) => ({ anyOf: [one, other] })),
    },
    {
      weight: 1,
      arbitrary: fc.array(tie("object"), { minLength: 2, maxLength: 3 }).map((objects) => ({
        anyOf: objects.map((object, index) => ({
          ...object,
          properties: { ...(object.properties as object), kind: { const: `k${index}` } },
          required: [...(object.required as string[]), "kind"],
        })),
      })),
    },
  ),
}));

/** Replaces one random part of a schema by `change`. */
function changeSomewhere(node: Node, picks: readonly number[], change: (part: Node) => Node): Node {
  const [pick = 0, ...rest] = picks;
  const children = childrenOf(node);
  if (children.length === 0 || pick % 3 === 0) return change(node);
  const [path, child] = children[pick % children.length] as (typeof children)[number];
  return withChild(node, path, changeSomewhere(child, rest, change));
}

type Path = readonly [keyword: string, key?: string];

function childrenOf(node: Node): readonly (readonly [Path, Node])[] {
  const props = Object.entries((node.properties ?? {}) as Record<string, Node>).map(
    ([name, child]) => [["properties", name], child] as const,
  );
  const items = typeof node.items === "object" ? [[["items"], node.items as Node] as const] : [];
  const positions = ((node.prefixItems ?? []) as Node[]).map(
    (part, index) => [["prefixItems", String(index)], part] as const,
  );
  const parts = ((node.anyOf ?? []) as Node[]).map(
    (part, index) => [["anyOf", String(index)], part] as const,
  );
  return [...props, ...items, ...positions, ...parts];
}

function withChild(node: Node, [keyword, key]: Path, child: Node): Node {
  if (key === undefined) return { ...node, [keyword]: child };
  if (keyword !== "properties") {
    const parts = node[keyword] as Node[];
    return { ...node, [keyword]: parts.map((part, index) => (String(index) === key ? child : part)) };
  }
  return { ...node, properties: { ...(node.properties as object), [key]: child } };
}

/** One limit more, by type. */
const LIMITS: readonly Readonly<Record<string, Node>>[] = [
  { string: { minLength: 2 }, number: { minimum: 4 }, integer: { minimum: 3 }, array: { minItems: 1 } },
  {
    string: { maxLength: 3 },
    number: { exclusiveMaximum: 5 },
    integer: { maximum: 7 },
    array: { maxItems: 2 },
  },
  { number: { multipleOf: 0.5 }, integer: { multipleOf: 4 }, string: { format: "uuid" } },
];

/** A part without limits gets one. An enum loses its first value. */
function limited(part: Node, limits: Readonly<Record<string, Node>>): Node {
  if (Array.isArray(part.enum) && part.enum.length > 1) return { enum: part.enum.slice(1) };
  const isFree =
    part.prefixItems === undefined &&
    Object.keys(part).every((keyword) => /^(type|items|default)$/.test(keyword));
  return isFree ? { ...part, ...limits[String(part.type)] } : part;
}

const changes: fc.Arbitrary<(part: Node) => Node> = fc.oneof(
  leaf.map((other) => () => other),
  leaf.map((other) => (part: Node) => ({ anyOf: [part, other] })),
  fc.constant((part: Node) => ({ anyOf: [part, { type: "null" }] })),
  fc
    .tuple(fc.constantFrom(...NAMES), leaf, fc.boolean())
    .map(([name, schema, isRequired]) => (part: Node) => {
      if (part.type !== "object") return part;
      const required = new Set(part.required as string[]);
      if (isRequired) required.add(name);
      return {
        ...part,
        properties: { ...(part.properties as object), [name]: schema },
        required: [...required],
      };
    }),
  fc.nat(3).map((index) => (part: Node) => {
    if (part.type !== "object") return part;
    const properties = Object.fromEntries(
      Object.entries(part.properties as object).filter((_, at) => at !== index),
    );
    return {
      ...part,
      properties,
      required: (part.required as string[]).filter((name) => name in properties),
    };
  }),
  fc.nat(3).map((index) => (part: Node) => {
    if (part.type !== "object") return part;
    return { ...part, required: Object.keys(part.properties as object).filter((_, at) => at !== index) };
  }),
  fc.constantFrom(...LIMITS).map((limits) => (part: Node) => limited(part, limits)),
  fc.constantFrom(...LIMITS).map((limits) => (part: Node) => limited(part, limits)),
  fc.constantFrom(-1, 1, 2).map((by) => (part: Node) => moved(part, by)),
  fc
    .constantFrom(false, true)
    .map((rest) => (part: Node) => (part.type === "object" ? { ...part, additionalProperties: rest } : part)),
);

/** Upper limits are moved, and lower ones stay below them. */
function moved(part: Node, by: number): Node {
  const limits = ["maximum", "maxLength", "maxItems"].filter((keyword) => typeof part[keyword] === "number");
  const least = (keyword: string) =>
    Number(part[keyword.replace("max", "min")] ?? (keyword === "maximum" ? -99 : 0));
  return {
    ...part,
    ...Object.fromEntries(
      limits.map((keyword) => [keyword, Math.max(Number(part[keyword]) + by, least(keyword))]),
    ),
  };
}

const picks = fc.array(fc.nat(30), { minLength: 5, maxLength: 5 });

/** Two versions of a schema: most differ in one to three parts, some in all. */
export const schemaPairs: fc.Arbitrary<readonly [Node, Node]> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(tree.object, fc.array(fc.tuple(picks, changes), { minLength: 1, maxLength: 3 }))
      .map(
        ([before, steps]) =>
          [
            before,
            steps.reduce((node, [where, change]) => changeSomewhere(node, where, change), before),
          ] as const,
      ),
  },
  { weight: 1, arbitrary: fc.tuple(tree.object, tree.object) },
);

const anything = fc.oneof(
  fc.integer(),
  fc.string({ maxLength: 8 }),
  fc.boolean(),
  fc.constant(null),
  fc.constant([]),
  fc.constant({ q: 1 }),
);

/** Values that a schema accepts. Where it mentions undeclared names, some have them. */
export function payloads(node: Node): fc.Arbitrary<unknown> {
  if (Array.isArray(node.enum)) return fc.constantFrom(...node.enum);
  if ("const" in node) return fc.constant(node.const);
  if (Array.isArray(node.anyOf)) return fc.oneof(...(node.anyOf as Node[]).map(payloads));
  switch (node.type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
    case "number":
      return numbers(node);
    case "string":
      return texts(node);
    case "array":
      return Array.isArray(node.prefixItems)
        ? fc.tuple(...(node.prefixItems as Node[]).map(payloads))
        : fc.array(payloads(node.items as Node), {
            minLength: Number(node.minItems ?? 0),
            maxLength: Number(node.maxItems ?? 4),
          });
    case "object":
      return objects(node);
    default:
      return anything;
  }
}

function numbers({ type, minimum, maximum, exclusiveMaximum, multipleOf }: Node): fc.Arbitrary<number> {
  if (typeof multipleOf === "number")
    return fc.integer({ min: -20, max: 20 }).map((count) => count * multipleOf);
  const min = Number(minimum ?? Math.min(-30, Number(maximum ?? exclusiveMaximum ?? 0) - 20));
  const max = Number(maximum ?? exclusiveMaximum ?? Math.max(30, min + 20));
  const whole = fc.integer({ min, max });
  const all =
    type === "integer"
      ? whole
      : fc.oneof(
          whole,
          fc.double({ min, max, noNaN: true }).map((value) => value + 0),
        );
  return all.filter((value) => value !== exclusiveMaximum);
}

function texts({ format, minLength, maxLength, pattern }: Node): fc.Arbitrary<string> {
  if (typeof pattern === "string") return fc.stringMatching(new RegExp(pattern, "u"));
  if (typeof format === "string") return FORMATS[format] as fc.Arbitrary<string>;
  const min = Number(minLength ?? 0);
  return fc.string({ unit: "grapheme-ascii", minLength: min, maxLength: Number(maxLength ?? min + 8) });
}

function objects({ properties, required, additionalProperties }: Node): fc.Arbitrary<unknown> {
  const declared = Object.entries(properties as Record<string, Node>).map(([name, schema]) => [
    name,
    payloads(schema),
  ]);
  const some = fc.record(Object.fromEntries(declared), { requiredKeys: required as string[] } as object);
  const isFree = additionalProperties === undefined && declared.length === 0;
  if (additionalProperties === false || (additionalProperties === undefined && !isFree)) return some;
  const isAny = additionalProperties === true || isFree;
  const rest = isAny ? anything : payloads(additionalProperties as Node);
  const others = fc.dictionary(fc.constantFrom(...NAMES, "zz"), rest, { maxKeys: 2 });
  return fc.tuple(others, some).map(([more, own]) => {
    const undeclared = Object.entries(more).filter(([name]) => !Object.hasOwn(properties as object, name));
    return { ...Object.fromEntries(undeclared), ...(own as object) };
  });
}
