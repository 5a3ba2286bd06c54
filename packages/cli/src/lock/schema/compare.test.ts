import { describe, expect, it } from "vitest";
import { compareFit } from "./compare.ts";
import { COMPARED } from "./keywords.ts";
import { readSchema } from "./read-schema.ts";

type Raw = Readonly<Record<string, unknown>>;

function compared(writer: Raw, reader: Raw) {
  return compareFit(readSchema(writer), readSchema(reader));
}

function object(properties: Raw, required: readonly string[] = Object.keys(properties)): Raw {
  return { type: "object", properties, required };
}

const text = { type: "string" };

/** A list of nodes, each of which has such a list again. */
function recursive(value: Raw): Raw {
  const node = object({ value, nodes: { type: "array", items: { $ref: "#/$defs/node" } } });
  return { ...object({ node: { $ref: "#/$defs/node" } }), $defs: { node } };
}

/** For each keyword a schema, and one that accepts less because of it. */
const NARROWED: Readonly<Record<string, readonly [wide: Raw, narrow: Raw]>> = {
  type: [{ type: ["string", "null"] }, text],
  nullable: [{ ...text, nullable: true }, text],
  const: [text, { const: "a" }],
  enum: [{ enum: ["a", "b", 1] }, { enum: ["b", 1] }],
  anyOf: [{ anyOf: [text, { type: "number" }] }, { type: "number" }],
  oneOf: [{ oneOf: [text, { type: "number" }] }, text],
  allOf: [text, { allOf: [text, { minLength: 2 }] }],
  not: [{}, { not: {} }],
  minimum: [
    { type: "number", minimum: 1 },
    { type: "number", minimum: 2 },
  ],
  maximum: [
    { type: "number", maximum: 2 },
    { type: "number", maximum: 1 },
  ],
  exclusiveMinimum: [
    { type: "number", minimum: 1 },
    { type: "number", exclusiveMinimum: 1 },
  ],
  exclusiveMaximum: [
    { type: "number", maximum: 1 },
    { type: "number", exclusiveMaximum: 1 },
  ],
  multipleOf: [
    { type: "integer", multipleOf: 2 },
    { type: "integer", multipleOf: 4 },
  ],
  minLength: [
    { ...text, minLength: 1 },
    { ...text, minLength: 2 },
  ],
  maxLength: [
    { ...text, maxLength: 2 },
    { ...text, maxLength: 1 },
  ],
  pattern: [text, { ...text, pattern: "^a" }],
  format: [text, { ...text, format: "date" }],
  items: [
    { type: "array", items: {} },
    { type: "array", items: text },
  ],
  prefixItems: [
    { type: "array", prefixItems: [{}] },
    { type: "array", prefixItems: [text] },
  ],
  additionalItems: [
    { type: "array", items: [text] },
    { type: "array", items: [text], additionalItems: false },
  ],
  minItems: [{ type: "array" }, { type: "array", minItems: 1 }],
  maxItems: [
    { type: "array", maxItems: 2 },
    { type: "array", maxItems: 1 },
  ],
  uniqueItems: [{ type: "array" }, { type: "array", uniqueItems: true }],
  properties: [object({ a: {} }), object({ a: text })],
  required: [object({ a: text }, []), object({ a: text })],
  additionalProperties: [object({ a: text }), { ...object({ a: text }), additionalProperties: text }],
  unevaluatedProperties: [object({ a: text }), { ...object({ a: text }), unevaluatedProperties: false }],
  patternProperties: [
    { type: "object", patternProperties: { "^.*$": {} } },
    { type: "object", patternProperties: { "^.*$": text } },
  ],
  minProperties: [{ type: "object" }, { type: "object", minProperties: 1 }],
  maxProperties: [{ type: "object" }, { type: "object", maxProperties: 1 }],
  $ref: [{ ...object({ a: {} }) }, { ...object({ a: { $ref: "#/$defs/t" } }), $defs: { t: text } }],
};

describe("what a keyword forbids", () => {
  it.each(Object.entries(NARROWED))("%s", (_, [wide, narrow]) => {
    expect(compared(narrow, wide)).toEqual({ status: "fits" });
    if (!("not" in narrow)) expect(compared(wide, narrow).status).toBe("refused");
    expect(compared(wide, narrow).status).not.toBe("fits");
  });

  it("is tried for every keyword that is compared", () => {
    const known = [...COMPARED];
    const beside = ["propertyNames", "x-rules"];
    expect(Object.keys(NARROWED).sort()).toEqual(known.filter((keyword) => !beside.includes(keyword)).sort());
  });
});

describe("a proof is found", () => {
  it.each<{ title: string; writer: Raw; reader: Raw }>([
    {
      title: "by the alternatives of a property",
      writer: object({ kind: { enum: ["a", "b"] }, text }),
      reader: { oneOf: [object({ kind: { const: "a" }, text }), object({ kind: { const: "b" }, text })] },
    },
    {
      title: "by the absence of an optional one",
      writer: object({ kind: { enum: ["a", "b"] } }, []),
      reader: { anyOf: [object({ kind: { const: "a" } }, []), object({ kind: { const: "b" } }, [])] },
    },
    {
      title: "for ranges that touch",
      writer: { type: "integer" },
      reader: {
        anyOf: [
          { type: "integer", minimum: 1 },
          { type: "integer", maximum: 0 },
        ],
      },
    },
    {
      title: "for ranges that overlap",
      writer: { type: "number" },
      reader: {
        anyOf: [
          { type: "number", minimum: 1 },
          { type: "number", maximum: 3 },
        ],
      },
    },
    {
      title: "for an intersection",
      writer: { allOf: [object({ a: text }), object({ b: text })] },
      reader: object({ a: text, b: text }),
    },
    {
      title: "for a finer step",
      writer: { type: "integer", multipleOf: 6 },
      reader: { type: "number", multipleOf: 3 },
    },
    {
      title: "for a format of enough characters",
      writer: { ...text, format: "email" },
      reader: { ...text, minLength: 5 },
    },
    {
      title: "for equal rules",
      writer: { ...text, minLength: 3, not: { const: "abc" } },
      reader: { ...text, not: { const: "abc" } },
    },
    {
      title: "for a schema that contains itself",
      writer: recursive({ type: "integer" }),
      reader: recursive({ type: "number" }),
    },
    {
      title: "for an optional name that nobody sent",
      writer: object({ a: text }),
      reader: object({ a: text, b: text }, ["a"]),
    },
  ])("$title", ({ writer, reader }) => {
    expect(compared(writer, reader)).toEqual({ status: "fits" });
  });
});

describe("a witness is found", () => {
  it.each<{ title: string; writer: Raw; reader: Raw; witness: unknown }>([
    {
      title: "for two properties that fit only together",
      writer: object({ a: { enum: [1, 2] }, b: { enum: [1, 2] } }),
      reader: {
        anyOf: [object({ a: { const: 1 }, b: { const: 1 } }), object({ a: { const: 2 }, b: { const: 2 } })],
      },
      witness: { a: 2, b: 1 },
    },
    {
      title: "in the first level of a recursion",
      writer: recursive(text),
      reader: recursive({ type: "number" }),
      witness: { node: { value: "", nodes: [] } },
    },
    {
      title: "for equal items",
      writer: { type: "array", items: { type: "integer" } },
      reader: { type: "array", items: { type: "integer" }, uniqueItems: true },
      witness: [0, 0],
    },
    {
      title: "for a pattern",
      writer: { ...text, pattern: "^[a-z]+@x$" },
      reader: { ...text, pattern: "^[a-z]+@y$" },
      witness: "a@x",
    },
    {
      title: "for a length of an address",
      writer: { ...text, format: "email" },
      reader: { ...text, format: "email", maxLength: 15 },
      witness: "aaaaaaaaaaa@b.co",
    },
    {
      title: "for a new required name",
      writer: object({ a: text }),
      reader: object({ a: text, b: text }),
      witness: { a: "text" },
    },
    {
      title: "for any name of a free object",
      writer: { type: "object" },
      reader: object({ a: text }, []),
      witness: { a: 1 },
    },
    {
      title: "for a name that is now forbidden",
      writer: object({ a: text }),
      reader: { ...object({ a: text }), additionalProperties: false },
      witness: expect.objectContaining({ a: expect.any(String), other: expect.anything() }),
    },
  ])("$title", ({ writer, reader, witness }) => {
    expect(compared(writer, reader)).toEqual({ status: "refused", witness });
  });
});

describe("it is unknown, with the reason", () => {
  it.each<{ title: string; writer: Raw; reader: Raw; why: string }>([
    { title: "not", writer: text, reader: { ...text, not: { const: "a" } }, why: "not cannot be compared" },
    {
      title: "another format",
      writer: text,
      reader: { ...text, format: "hostname" },
      why: "format cannot be compared",
    },
    {
      title: "an unknown keyword",
      writer: text,
      reader: { ...text, "x-even": true },
      why: "x-even cannot be compared",
    },
    {
      title: "oneOf of parts that overlap",
      writer: { type: "number" },
      reader: { oneOf: [{ type: "integer" }, { type: "number" }] },
      why: "oneOf cannot be compared",
    },
    {
      title: "two patterns",
      writer: { ...text, pattern: "^a+$" },
      reader: { ...text, pattern: "^a*$" },
      why: "no proof and no counterexample was found",
    },
  ])("$title", ({ writer, reader, why }) => {
    expect(compared(writer, reader)).toEqual({ status: "unknown", why });
  });

  it("a reference inside of what is unknown means what it refers to", () => {
    const schema = (definition: Raw) => ({ ...text, not: { $ref: "#/$defs/d" }, $defs: { d: definition } });
    expect(compared(schema({ const: "a" }), schema({ const: "a" }))).toEqual({ status: "fits" });
    expect(compared(schema({ const: "a" }), schema({ const: "b" })).status).toBe("unknown");
  });
});

/** A schema with more parts than are read: each definition refers to the next one twice. */
function large(last: Raw): Raw {
  const $defs = Object.fromEntries(
    Array.from({ length: 16 }, (_, at) => {
      const next = { $ref: `#/$defs/d${at + 1}` };
      return [`d${at}`, at === 15 ? text : object({ a: next, b: next })];
    }),
  );
  return { ...object({ v: { $ref: "#/$defs/d0" }, z: last }), $defs };
}

function deep(inner: Raw): Raw {
  return Array.from({ length: 300 }).reduce<Raw>((items) => ({ type: "array", items }), inner);
}

describe("steps", () => {
  const steps = (multipleOf: number): Raw => ({ type: "number", multipleOf });

  it.each([
    { writer: 6, reader: 3, status: "fits" },
    { writer: 0.1, reader: 0.1, status: "fits" },
  ])("of $writer are read as steps of $reader: $status", ({ writer, reader, status }) => {
    expect(compared(steps(writer), steps(reader)).status).toBe(status);
  });

  it("of fractions are no proof, since libraries round them differently", () => {
    expect(compared(steps(0.1), steps(0.01)).status).not.toBe("fits");
  });
});

describe("what is too large to compare", () => {
  it.each<{ title: string; of: (inner: Raw) => Raw; why: string }>([
    { title: "many parts", of: large, why: "size cannot be compared" },
    { title: "many levels", of: deep, why: "depth cannot be compared" },
  ])("$title", ({ of, why }) => {
    expect(compared(of(text), of(text))).toEqual({ status: "fits" });
    const changed = compared(of(text), of({ type: "number" }));
    expect(changed).toEqual({ status: "unknown", why: expect.stringContaining(why) });
  });

  it("a pattern that takes too long for a text", () => {
    const slow = { ...text, pattern: "^(([a-z])+.)+[A-Z]([a-z])+$" };
    const why = "no proof and no counterexample was found";
    expect(compared({ ...text, minLength: 5_000 }, slow)).toEqual({ status: "unknown", why });
  });

  it("many values of an enum", () => {
    const values = Array.from({ length: 20_000 }, (_, at) => `v${at}`);
    const [first] = values;
    const fewer = { enum: values.slice(1) };
    expect(compared(fewer, { enum: values })).toEqual({ status: "fits" });
    expect(compared({ enum: values }, fewer)).toEqual({ status: "refused", witness: first });
  });
});
