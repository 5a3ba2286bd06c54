import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTask } from "./define-task.ts";
import type { TaskParams } from "./params-types.ts";
import { schemaDigest } from "./schema-digest.ts";

const digestOf = (params: TaskParams) => schemaDigest(defineTask("work", params).signature);

describe("the digest of a task's schema", () => {
  it.each([
    ["the order of names", z.object({ a: z.string(), b: z.int() }), z.object({ b: z.int(), a: z.string() })],
    ["a description", z.object({ a: z.string().describe("old") }), z.object({ a: z.string() })],
    ["the value of a default", z.object({ a: z.int().default(1) }), z.object({ a: z.int().default(2) })],
    ["the order of an enum", z.object({ a: z.enum(["x", "y"]) }), z.object({ a: z.enum(["y", "x"]) })],
    ["the order of words", { a: "string", b: "integer" }, { b: "integer", a: "string" }],
  ] as [string, TaskParams, TaskParams][])("is the same after a change of %s", (_, before, after) => {
    expect(digestOf(after)).toBe(digestOf(before));
  });

  it.each([
    ["a type", { a: "string" }, { a: "integer" }],
    ["a type of an item", z.object({ a: z.array(z.string()) }), z.object({ a: z.array(z.int()) })],
    ["a limit", z.object({ a: z.string().max(5) }), z.object({ a: z.string().max(6) })],
    [
      "a name that is a keyword",
      z.object({ a: z.object({ title: z.string() }) }),
      z.object({ a: z.object({}) }),
    ],
    ["what must be there", { a: "string" }, { a: "string?" }],
    ["a constant", z.object({ a: z.literal(1) }), z.object({ a: z.literal(2) })],
  ] as [string, TaskParams, TaskParams][])("differs after a change of %s", (_, before, after) => {
    expect(digestOf(after)).not.toBe(digestOf(before));
  });

  it("has 16 hex digits, and is the same at each call", () => {
    const { signature } = defineTask("work", ["a", "b?"]);
    expect(schemaDigest(signature)).toMatch(/^[0-9a-f]{16}$/);
    expect(schemaDigest(signature)).toBe(schemaDigest(signature));
  });
});
