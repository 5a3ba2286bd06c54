import { describe, expect, it } from "vitest";
import { SignatureError } from "../errors/contract-errors.ts";
import { isJobsError } from "../errors/jobs-error.ts";
import { bindParams } from "./bind-params.ts";
import { defineTask } from "./define-task.ts";
import type { ObjectSchema } from "./plain-schema.ts";
import type { Task } from "./task.ts";

const MAIL = {
  type: "object",
  properties: {
    to: { type: "string", format: "email" },
    subject: { type: "string", minLength: 3 },
    lines: { type: "array", items: { type: "string" } },
    tone: { enum: ["kind", "stern"] },
    copies: { anyOf: [{ type: "integer" }, { type: "null" }] },
  },
  required: ["to", "subject"],
} as const;

const mail = defineTask("mail", MAIL);

async function issuesOf(params: unknown, task: Task = mail): Promise<readonly string[]> {
  try {
    await bindParams(task, params, "enqueue");
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    return error.issues.map(({ path, kind, expected = "" }) => `${path} ${kind} ${expected}`.trim());
  }
  return [];
}

function refusal(schema: object): string {
  try {
    defineTask("t", schema as ObjectSchema);
  } catch (error) {
    if (isJobsError(error, "invalid_config")) return `${error.message} ${error.hint ?? ""}`;
    throw error;
  }
  return "accepted";
}

describe("plain JSON Schema", () => {
  it("gives the signature of its properties", () => {
    const { params, text, fingerprint } = mail.signature;
    expect(text).toBe("to, subject, lines?, tone?, copies?");
    expect(fingerprint).toBe("copies?,lines?,subject,to,tone?");
    expect(params.map(({ kind }) => kind)).toEqual(["string", "string", "array", "enum", "any"]);
  });

  it("lets through what fits, as it came", async () => {
    const params = {
      to: "ada@example.org",
      subject: "Hello",
      lines: ["a"],
      tone: "kind",
      copies: null,
    } as const;
    const { input, output } = await bindParams(mail, params, "work");
    expect(input).toEqual(params);
    expect(output).toEqual(params);
  });

  it("refuses what does not fit, every place of it, formats included [E4]", async () => {
    const params = { to: "nobody", subject: "no", lines: ["a", 1], tone: "rude", copies: "two" };
    expect(await issuesOf(params)).toEqual([
      '/to invalid valid (must match format "email")',
      "/subject invalid valid (must NOT have fewer than 3 characters)",
      "/lines/1 invalid string",
      '/tone invalid one of "kind", "stern"',
      "/copies invalid integer or null",
    ]);
  });

  it("names are our own check, whatever the schema says of others", async () => {
    expect(await issuesOf({ to: "a@b.c", subjct: "Hello" })).toEqual([
      "/subject missing",
      "/subjct unexpected",
    ]);
  });

  it("quotes no value, only what is allowed [F62]", async () => {
    const secret = defineTask("secret", {
      type: "object",
      properties: { pin: { const: 4711 }, word: { type: "string", pattern: "^[a-z]{20}$" } },
    });
    const issues = await issuesOf({ pin: "swordfish", word: "swordfish" }, secret);
    expect(issues).toHaveLength(2);
    expect(issues.join()).not.toMatch(/swordfish|4711/);
  });

  it("is understood in each draft by its address", async () => {
    const tuple = { type: "array", items: [{ type: "string" }], additionalItems: false };
    for (const $schema of [
      "http://json-schema.org/draft-07/schema#",
      "https://json-schema.org/draft/2019-09/schema",
    ]) {
      const task = defineTask("old", {
        $schema,
        type: "object",
        properties: { pair: tuple },
      } as ObjectSchema);
      expect(await issuesOf({ pair: ["a"] }, task)).toEqual([]);
      expect(await issuesOf({ pair: [1] }, task)).toEqual(["/pair/0 invalid string"]);
    }
    expect(
      refusal({ $schema: "http://json-schema.org/draft-04/schema#", type: "object", properties: {} }),
    ).toContain("names an unknown draft");
  });

  it("may be used by several tasks, and repeat an $id", async () => {
    const schema = { $id: "https://example.org/mail", ...MAIL };
    const tasks = [defineTask("one", schema), defineTask("two", schema), defineTask("three", { ...schema })];
    for (const task of tasks)
      expect(await issuesOf({ to: 1, subject: "Hello" }, task)).toContain("/to invalid string");
  });

  it("follows references into itself", async () => {
    const tree = {
      type: "object",
      properties: { root: { $ref: "#/$defs/node" } },
      $defs: {
        node: {
          type: "object",
          properties: { child: { $ref: "#/$defs/node" } },
          additionalProperties: false,
        },
      },
    } as const;
    const task = defineTask("tree", tree);
    expect(task.signature.params).toMatchObject([{ name: "root", kind: "object" }]);
    expect(await issuesOf({ root: { child: { child: {} } } }, task)).toEqual([]);
    expect(await issuesOf({ root: { child: { chidl: {} } } }, task)).toEqual([
      "/root/child invalid valid (must NOT have additional properties)",
    ]);
  });

  it.each<[what: string, schema: object, expected: string]>([
    ["a keyword that nobody checks", { properties: { a: { type: "string", minLenght: 3 } } }, "minLenght"],
    ["a format that nobody checks", { properties: { a: { type: "string", format: "colour" } } }, "colour"],
    ["a type that is none", { properties: { a: { type: "strin" } } }, "the schema cannot be used"],
    [
      "a schema from elsewhere",
      { properties: { a: { $ref: "https://example.org/a.json" } } },
      "example.org/a.json",
    ],
    ["undeclared names", { properties: {}, additionalProperties: true }, "accepts undeclared names"],
    ["names that objects answer to", { properties: { constructor: {} } }, 'cannot be called "constructor"'],
  ])("refuses %s when the task is defined", (_, schema, expected) => {
    expect(refusal({ type: "object", ...schema })).toContain(expected);
  });
});
