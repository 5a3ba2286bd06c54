import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { SignatureIssue } from "../errors/contract-errors.ts";
import { isJobsError } from "../errors/jobs-error.ts";
import { type ParamsSchema, signatureOfSchema } from "./schema-params.ts";

function refusal(schema: StandardSchemaV1): string {
  try {
    signatureOfSchema('task "t"', schema);
  } catch (error) {
    if (isJobsError(error, "invalid_config")) return `${error.message} ${error.hint ?? ""}`;
    throw error;
  }
  return "accepted";
}

async function issues(
  schema: StandardSchemaV1,
  params: Record<string, unknown>,
): Promise<readonly SignatureIssue[]> {
  const checked = await signatureOfSchema("t", schema).check(params);
  return checked.status === "refused" ? checked.issues : [];
}

/** A schema like those of other libraries: arktype's are functions, and messages differ. */
function schemaOf(jsonSchema: Record<string, unknown>, messages: readonly string[] = []): ParamsSchema {
  const validate = (value: unknown): StandardSchemaV1.Result<unknown> =>
    messages.length === 0
      ? { value }
      : { issues: messages.map((message) => ({ message, path: [{ key: "a" }] })) };
  const describe = () => jsonSchema;
  return Object.assign(() => undefined, {
    "~standard": { version: 1, vendor: "other", validate, jsonSchema: { input: describe, output: describe } },
  } as const);
}

describe("signature of a schema", () => {
  it("reads names, optional ones and kinds", () => {
    const { params, text, fingerprint } = signatureOfSchema(
      "t",
      z.object({
        to: z.email(),
        count: z.int().min(1).optional(),
        ratio: z.number().default(0.5),
        urgent: z.boolean(),
        tags: z.array(z.string()),
        extra: z.record(z.string(), z.number()),
        level: z.enum(["low", "high"]),
        answer: z.literal(42),
        mode: z.union([z.literal("a"), z.literal(1)]).nullable(),
        note: z.string().nullable(),
        nothing: z.null(),
        anything: z.unknown(),
      }),
    );
    expect(params.map(({ name, isOptional, kind, values }) => [name, isOptional, kind, values])).toEqual([
      ["to", false, "string", undefined],
      ["count", true, "integer", undefined],
      ["ratio", true, "number", undefined],
      ["urgent", false, "boolean", undefined],
      ["tags", false, "array", undefined],
      ["extra", false, "object", undefined],
      ["level", false, "enum", ["low", "high"]],
      ["answer", false, "enum", [42]],
      ["mode", false, "enum", ["a", 1, null]],
      ["note", false, "any", undefined],
      ["nothing", false, "null", undefined],
      ["anything", false, "any", undefined],
    ]);
    expect(text.startsWith("to, count?, ratio?, urgent")).toBe(true);
    expect(fingerprint.split(",")).toContain("ratio?");
  });

  it("takes what the producer writes: the input of transforms and codecs", () => {
    const date = z.codec(z.iso.datetime(), z.date(), {
      decode: (text) => new Date(text),
      encode: (value) => value.toISOString(),
    });
    const { params } = signatureOfSchema("t", z.object({ at: date, size: z.string().transform(Number) }));
    expect(params.map((param) => param.kind)).toEqual(["string", "string"]);
  });

  it("follows references of recursive schemas", () => {
    const Node = z.object({
      value: z.string(),
      get next() {
        return Node.optional();
      },
    });
    const { params } = signatureOfSchema("t", Node);
    expect(params.map(({ name, kind }) => [name, kind])).toEqual([
      ["value", "string"],
      ["next", "object"],
    ]);
  });

  it("reads schemas that are functions, as arktype's are", () => {
    const schema = schemaOf({
      type: "object",
      properties: { a: { enum: [1, 2] }, b: true },
      required: ["a"],
    });
    expect(typeof schema).toBe("function");
    expect(signatureOfSchema("t", schema).text).toBe("a, b?");
  });

  it("follows a reference to a reference, and one through escaped names", () => {
    const $defs = { first: { $ref: "#/$defs/a~1b" }, "a/b": { type: "integer" } };
    const schema = schemaOf({ type: "object", properties: { a: { $ref: "#/$defs/first" } }, $defs });
    expect(signatureOfSchema("t", schema).params[0]?.kind).toBe("integer");
  });

  it("survives references that lead nowhere or in circles", () => {
    const properties = {
      a: { $ref: "#/$defs/a" },
      b: { $ref: "#/$defs/none" },
      c: { $ref: "https://x.example" },
    };
    const schema = schemaOf({ type: "object", properties, $defs: { a: { $ref: "#/$defs/a" } } });
    expect(signatureOfSchema("t", schema).params.map((param) => param.kind)).toEqual(["any", "any", "any"]);
  });
});

describe("schemas that are no signature [E16]", () => {
  it.each<[what: string, schema: StandardSchemaV1, expected: string]>([
    ["a scalar", z.string(), "must be one object with named properties"],
    ["an array", z.array(z.string()), "must be one object"],
    ["a record", z.record(z.string(), z.number()), "must be one object"],
    ["a union", z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]), "must be one object"],
    ["an object that takes any name", z.looseObject({ a: z.string() }), "accepts undeclared names"],
    ["an object with a catch-all", z.object({}).catchall(z.number()), "accepts undeclared names"],
    [
      "a date",
      z.object({ ok: z.string(), when: z.date() }),
      "parameter when contains a type that JSON does not have",
    ],
    ["a bigint deep inside", z.object({ a: z.object({ b: z.array(z.bigint()) }) }), "parameter a contains"],
    [
      "several such",
      z.object({ m: z.map(z.string(), z.string()), u: z.undefined() }),
      "parameter m, u contains",
    ],
    [
      "a schema that cannot say what it checks",
      withoutJsonSchema(),
      "this plain schema cannot describe itself",
    ],
    ["a name that cannot be one", z.object({ "a b": z.string() }), '"a b" cannot be a parameter\'s name'],
    ["a name of every object", z.object({ constructor: z.string() }), 'cannot be called "constructor"'],
  ])("refuses %s", (_, schema, expected) => {
    const message = refusal(schema);
    expect(message).toContain('task "t"');
    expect(message).toContain(expected);
  });

  it("accepts an object with and without a rule against other names", () => {
    expect(refusal(z.object({ a: z.string() }))).toBe("accepted");
    expect(refusal(z.strictObject({ a: z.string() }))).toBe("accepted");
    expect(refusal(z.object({}))).toBe("accepted");
  });
});

function withoutJsonSchema(): StandardSchemaV1 {
  return { "~standard": { version: 1, vendor: "plain", validate: (value) => ({ value }) } };
}

describe("issues [E18]", () => {
  it("carry the path of each place and what was expected there [E4]", async () => {
    const schema = z.object({
      creation_date: z.iso.datetime(),
      tags: z.array(z.string()),
      level: z.enum(["a", "b"]),
    });
    expect(await issues(schema, { creation_date: "yesterday", tags: ["x", 7], level: "c" })).toEqual([
      { path: "/creation_date", kind: "invalid", expected: "valid (Invalid ISO datetime)", got: "string" },
      { path: "/tags/1", kind: "invalid", expected: "string", got: "number" },
      { path: "/level", kind: "invalid", expected: 'one of "a"|"b"', got: "string" },
    ]);
  });

  const secret = 'correct-horse "battery"';

  it.each([
    [`a must be "x" or "y" (was ${JSON.stringify(secret)})`, '"x" or "y"'],
    ["a must be more than 3 (was 1)", "more than 3"],
    [`Invalid type: Expected number but received ${JSON.stringify(secret)}`, "number"],
    [`Invalid email: Received ${JSON.stringify(secret)}`, "valid (Invalid email)"],
    ["Invalid length: Expected >=8 but received 5", "valid (Invalid length: Expected >=8)"],
    ["Invalid input: expected string, received number", "string"],
    [`no user is called ${secret}`, "valid"],
    [`no user is called ${JSON.stringify(secret)}`, "valid"],
    ["no user is called correct-h…", "valid"],
    ["the code 42 is wrong", "valid"],
    [`${"long ".repeat(100)}`, `valid (${"long ".repeat(60)})`],
    ["", "valid ()"],
  ])("never quote a value of the job: %j [F62]", async (message, expected) => {
    const schema = schemaOf({ type: "object", properties: { a: {}, b: {} } }, [message]);
    const [issue] = await issues(schema, { a: secret, b: [{ pin: 42 }] });
    expect(issue?.expected).toBe(expected);
    expect(issue?.path).toBe("/a");
  });

  it.each([
    ['"quoted" secret', `no user is called ${JSON.stringify('"quoted" secret')}`, "valid"],
    ['"quoted" secret', 'no user is called "quoted" secret', "valid"],
    ["é\nsecret", "no user is called é\\nsecret", "valid"],
    [3, "must be above 30", "above 30"],
    [3, "must be above 3", "valid"],
    ["a", "must be a number", "valid"],
    [true, "must be true or a text", "true or a text"],
  ])("a value like %j is found in %j, and only there [F62]", async (value, message, expected) => {
    const schema = schemaOf({ type: "object", properties: { a: {} } }, [message]);
    expect((await issues(schema, { a: value }))[0]?.expected).toBe(expected);
  });

  it("say so when the schema itself throws, or rejects, without its words", async () => {
    const throwing = z.object({
      a: z.string().refine((text) => {
        throw new TypeError(text);
      }),
    });
    const rejecting: ParamsSchema = {
      "~standard": {
        ...z.object({ a: z.string() })["~standard"],
        validate: () => Promise.reject(new TypeError("hunter2")),
      },
    };
    const expected = [{ path: "", kind: "invalid", expected: "checkable: the schema threw TypeError" }];
    expect(await issues(throwing, { a: "hunter2" })).toEqual(expected);
    expect(await issues(rejecting, { a: "hunter2" })).toEqual(expected);
  });
});
