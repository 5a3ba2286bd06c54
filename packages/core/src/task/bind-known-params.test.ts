import { describe, expect, it } from "vitest";
import { z } from "zod";
import { isJobsError } from "../errors/jobs-error.ts";
import { bindKnownParams } from "./bind-params.ts";
import { defineTask } from "./define-task.ts";
import type { Task } from "./task.ts";

/** What a start refuses; empty where it accepts. */
async function refusal(task: Task, params: unknown, ...later: readonly string[]): Promise<string> {
  try {
    await bindKnownParams(task, params, Object.fromEntries(later.map((name) => [name, "."])));
    return "";
  } catch (error) {
    if (isJobsError(error)) return error.message;
    throw error;
  }
}

const FORMS: readonly (readonly [string, Task])[] = [
  ["words", defineTask("t", { html: "string", strict: "boolean", note: "string?" })],
  ["zod", defineTask("t", z.object({ html: z.string(), strict: z.boolean(), note: z.string().optional() }))],
  [
    "JSON Schema",
    defineTask("t", {
      type: "object",
      properties: { html: { type: "string" }, strict: { $ref: "#/$defs/yes" }, note: { type: "string" } },
      required: ["html", "strict"],
      $defs: { yes: { type: "boolean" } },
    }),
  ],
];

describe.each(FORMS)("parameters of which some are taken later, by %s", (_, task) => {
  it("are accepted where all that is known fits", async () => {
    expect(await refusal(task, { strict: true }, "html")).toBe("");
    expect(await refusal(task, { strict: true, note: undefined }, "html", "note")).toBe("");
    expect(await refusal(task, {}, "html", "strict")).toBe("");
  });

  it("are refused for a known value of the wrong type, without its value", async () => {
    const said = await refusal(task, { strict: "maybe" }, "html");
    expect(said).toMatch(/strict must be boolean.*got string/);
    expect(said).not.toContain("maybe");
    expect(said).not.toContain("html must");
    expect(await refusal(task, { strict: true, note: 1 }, "html")).toMatch(/note must be .*string/);
  });

  it("are refused for a wrong name, a missing one, and one that is given and taken", async () => {
    expect(await refusal(task, { strict: true }, "htm")).toMatch(/missing html; unexpected htm/);
    expect(await refusal(task, { note: "x" }, "html")).toMatch(/missing strict/);
    expect(await refusal(task, { strict: undefined }, "html")).toMatch(/missing strict/);
    expect(await refusal(task, { strict: true, html: "x" }, "html")).toMatch(/html must be either.*got both/);
  });

  it("are refused where they are no object, or JSON cannot carry them", async () => {
    expect(await refusal(task, null, "html")).toMatch(/object of named parameters/);
    expect(await refusal(task, { strict: new Date() }, "html")).toMatch(/params.strict/);
  });
});

describe("a rule over several parameters", () => {
  const either = (shape: z.ZodObject) =>
    defineTask(
      "t",
      shape.refine((all) => all.url !== undefined || all.html !== undefined, { path: ["strict"] }) as never,
    ) as Task;

  it("is left to the run, whatever it says it is about", async () => {
    const typed = z.object({
      html: z.string().optional(),
      url: z.string().optional(),
      strict: z.boolean(),
    });
    expect(await refusal(either(typed), { strict: true }, "html")).toBe("");
    expect(await refusal(either(typed), { strict: 1 }, "html")).toMatch(/strict must be boolean/);
    const open = typed.extend({ html: z.unknown() });
    expect(await refusal(either(open), { strict: true }, "html")).toBe("");
  });

  it("of JSON Schema is left to the run, also where it is written as alternatives", async () => {
    const task = defineTask("t", {
      $id: "https://example.org/t",
      type: "object",
      properties: { kind: { enum: ["page", "rows"] }, html: {}, rows: {} },
      anyOf: [
        { properties: { kind: { const: "page" } }, required: ["html"] },
        { properties: { kind: { const: "rows" } }, required: ["rows"] },
      ],
    }) as Task;
    expect(await refusal(task, { kind: "page" }, "html")).toBe("");
    expect(await refusal(task, { kind: "pages" }, "html")).toMatch(/kind must be one of/);
    expect(await refusal(task, { kind: "pages" }, "html")).toMatch(/kind must be one of/);
  });

  it("that throws for a value that is not there is left to the run", async () => {
    const task = defineTask(
      "t",
      z.object({ html: z.preprocess((text) => (text as string).trim(), z.string()), strict: z.boolean() }),
    ) as Task;
    expect(await refusal(task, { strict: true }, "html")).toBe("");
  });
});
