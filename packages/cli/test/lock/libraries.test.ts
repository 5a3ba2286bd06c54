import { defineTask } from "@jobs/core";
import type { TaskParams } from "@jobs/core/task";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import Type from "typebox";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { paramsSchema } from "../../src/lock/params-schema.ts";
import { printSchema } from "../../src/lock/schema/print-schema.ts";
import { readSchema } from "../../src/lock/schema/read-schema.ts";

/** What the lock holds of these parameters. */
function locked(params: TaskParams): string {
  return JSON.stringify(printSchema(paramsSchema(defineTask("t", params).signature)));
}

const DRAFT_7 = "http://json-schema.org/draft-07/schema#";

/** One shape, as each library writes it. */
const LIBRARIES: Readonly<Record<string, TaskParams>> = {
  zod: z.object({
    to: z.email(),
    id: z.uuid(),
    count: z.int().min(1).max(9),
    size: z.enum(["s", "m"]),
    either: z.union([z.string(), z.number()]).nullable(),
    address: z.object({ street: z.string(), zip: z.string().optional() }),
    tags: z.array(z.string()).max(5),
    rate: z.number().default(3),
    kind: z.literal("x"),
    pair: z.tuple([z.string(), z.number()]),
    byName: z.record(z.string(), z.number()),
    exact: z.strictObject({ on: z.boolean() }),
  }),
  valibot: toStandardJsonSchema(
    v.object({
      to: v.pipe(v.string(), v.email()),
      id: v.pipe(v.string(), v.uuid()),
      count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(9)),
      size: v.picklist(["s", "m"]),
      either: v.nullable(v.union([v.string(), v.number()])),
      address: v.object({ street: v.string(), zip: v.optional(v.string()) }),
      tags: v.pipe(v.array(v.string()), v.maxLength(5)),
      rate: v.optional(v.number(), 3),
      kind: v.literal("x"),
      pair: v.strictTuple([v.string(), v.number()]),
      byName: v.record(v.string(), v.number()),
      exact: v.strictObject({ on: v.boolean() }),
    }),
  ),
  arktype: type({
    to: "string.email",
    id: "string.uuid",
    count: "1<=number.integer<=9",
    size: "'s'|'m'",
    either: "string|number|null",
    address: { street: "string", "zip?": "string" },
    tags: "string[]<=5",
    rate: "number = 3",
    kind: "'x'",
    pair: ["string", "number"],
    byName: "Record<string,number>",
    exact: { "+": "reject", on: "boolean" },
  }),
  TypeBox: {
    ...Type.Object({
      to: Type.String({ format: "email" }),
      id: Type.String({ format: "uuid" }),
      count: Type.Integer({ minimum: 1, maximum: 9 }),
      size: Type.Union([Type.Literal("s"), Type.Literal("m")]),
      either: Type.Union([Type.String(), Type.Number(), Type.Null()]),
      address: Type.Object({ street: Type.String(), zip: Type.Optional(Type.String()) }),
      tags: Type.Array(Type.String(), { maxItems: 5 }),
      rate: Type.Optional(Type.Number({ default: 3 })),
      kind: Type.Literal("x"),
      pair: Type.Tuple([Type.String(), Type.Number()]),
      byName: Type.Record(Type.String(), Type.Number()),
      exact: Type.Object({ on: Type.Boolean() }, { additionalProperties: false }),
    }),
    $schema: DRAFT_7,
  },
  "plain JSON Schema": {
    type: "object",
    $defs: { text: { type: "string", description: "a text" } },
    required: ["to", "id", "count", "size", "either", "address", "tags", "kind", "pair", "byName", "exact"],
    properties: {
      exact: {
        type: "object",
        additionalProperties: false,
        required: ["on"],
        properties: { on: { enum: [true, false] } },
      },
      byName: { type: "object", additionalProperties: { type: "number" } },
      pair: {
        type: "array",
        prefixItems: [{ $ref: "#/$defs/text" }, { type: "number" }],
        items: false,
        minItems: 2,
      },
      kind: { enum: ["x"] },
      rate: { type: "number" },
      tags: { type: "array", items: { allOf: [{ $ref: "#/$defs/text" }] }, maxItems: 5 },
      address: {
        type: "object",
        required: ["street"],
        properties: { zip: { $ref: "#/$defs/text" }, street: { type: "string" } },
      },
      either: { type: ["null", "number", "string"] },
      size: { enum: ["m", "s"] },
      count: { type: "integer", exclusiveMinimum: 0, exclusiveMaximum: 10 },
      id: { type: "string", format: "uuid" },
      to: { type: "string", format: "email" },
    },
  },
};

describe("the lock of one shape", () => {
  it.each(Object.keys(LIBRARIES))("is the same bytes from %s [W6]", (name) => {
    expect(locked(LIBRARIES[name] as TaskParams)).toBe(locked(LIBRARIES.zod as TaskParams));
  });

  it("is read back as it was written", () => {
    const text = locked(LIBRARIES.zod as TaskParams);
    expect(JSON.stringify(printSchema(readSchema(JSON.parse(text))))).toBe(text);
  });

  it("is the same from words, names and their JSON Schema", () => {
    const words = { type: "object", properties: { a: { type: "string" }, b: {} }, required: ["a"] };
    expect(locked({ a: "string", b: "any?" })).toBe(locked(words));
    expect(locked(["b"])).toBe(locked({ type: "object", properties: { b: true }, required: ["b"] }));
  });
});

describe("code in a schema", () => {
  it.each([
    [
      "a refinement of zod",
      () => z.object({ a: z.string().refine((text) => text !== "q") }),
      () => z.object({ a: z.string().refine((text) => text !== "z") }),
    ],
    [
      "a transform of zod",
      () => z.object({ a: z.string().transform((text) => text.length) }),
      () => z.object({ a: z.string() }),
    ],
    ["a coercion of zod", () => z.object({ a: z.coerce.number() }), () => z.object({ a: z.number() })],
    [
      "a refinement over several parameters",
      () => z.object({ a: z.string() }).refine(({ a }) => a !== "q"),
      () => z.object({ a: z.string() }),
    ],
    [
      "a narrowing of arktype",
      () => type({ a: type("string").narrow((text) => text !== "q") }),
      () => type({ a: "string" }),
    ],
    [
      "a morph of arktype",
      () => type({ a: type("string").pipe((text) => text.length) }),
      () => type({ a: "string" }),
    ],
  ] as const)("%s is in the lock", (_, one, other) => {
    expect(locked(one() as TaskParams)).not.toBe(locked(other() as TaskParams));
  });

  it("is the same when only its layout differs", () => {
    const [one, other] = [
      Function("text", 'return text !== "q";'),
      Function("text", "return   text !== 'q'"),
    ];
    const withRule = (rule: unknown) => locked(z.object({ a: z.string().refine(rule as () => boolean) }));
    expect(withRule(one)).toBe(withRule(other));
  });
});
