import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineTask } from "@jobs/core";
import type { ObjectSchema } from "@jobs/core/task";
import { transform } from "esbuild";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/lock/schema/model.ts";
import { printSchema } from "../../src/lock/schema/print-schema.ts";
import { readSchema } from "../../src/lock/schema/read-schema.ts";
import type { Lock, LockedTask } from "../../src/lock/task-lock.ts";
import { contractOf } from "../../src/types/locked-params.ts";
import { declarations, taskModule } from "../../src/types/task-types.ts";
import { payloads, schemaPairs } from "../lock/schema-pairs.ts";
import { compile } from "./foreign-project.ts";

const FOLDER = fileURLToPath(new URL("../../.tmp/", import.meta.url));
const SCHEMAS = Number(process.env.JOBS_TEST_TYPED_SCHEMAS ?? 60);

/** TypeScript wants declared names to be of the type of the others. */
const WITH_OTHER_NAMES = {
  type: "object",
  properties: { a: { type: "string" }, b: { type: "boolean" } },
  required: ["a"],
  additionalProperties: { type: "number" },
};

function lockOf(tasks: Readonly<Record<string, Partial<LockedTask>>>): Lock {
  const locked = Object.entries(tasks).map(([name, task]): [string, LockedTask] => [
    name,
    { queue: "default", signature: "", params: {}, ...task },
  ]);
  return { tasks: Object.fromEntries(locked), schedules: {}, accepted: {} };
}

/** A task with one parameter of a schema, as `jobs lock` writes it. */
function taskOf(schema: unknown): Partial<LockedTask> {
  const params = { type: "object", properties: { value: schema }, additionalProperties: false };
  return { signature: "value?", params: printSchema(readSchema(params)) };
}

describe("types of a lock", () => {
  it("accept whatever the schema accepts, for generated schemas", async () => {
    using folder = temporaryFolder();
    const seed = 16;
    const generated = fc.sample(schemaPairs, { numRuns: SCHEMAS, seed }).map(([schema]) => schema);
    const schemas = [...generated, WITH_OTHER_NAMES];
    const lock = lockOf(Object.fromEntries(schemas.map((schema, index) => [`t${index}`, taskOf(schema)])));
    const lines = schemas.flatMap((schema, index) =>
      fc.sample(payloads(schema), { numRuns: 10, seed }).map((payload, number) => {
        const name = `p${index}_${number}`;
        return `const ${name} = ${JSON.stringify({ value: payload })} as const; take<"t${index}">(${name});`;
      }),
    );
    const head = 'import type { JobName, JobParams } from "./jobs.ts";';
    const take = "declare function take<Name extends JobName>(params: JobParams[Name]): void;";
    // The compiler reports nothing inside of declaration files.
    folder.write("jobs.ts", declarations(lock));
    folder.write("payloads.ts", [head, take, ...lines].join("\n"));
    expect(await compile(folder.path, ["payloads.ts", "jobs.ts"])).toBe("");
  }, 120_000);

  it.each<[schema: Json, type: string]>([
    [{ type: "string" }, "string"],
    [{ type: ["integer", "null"] }, "number | null"],
    [{ type: "boolean" }, "boolean"],
    [{ enum: ["s", "m", 2] }, '"m" | "s" | 2'],
    [{ const: { a: [1, null] } }, "{ readonly a: readonly [1, null] }"],
    [{ type: "array", items: { type: ["string", "number"] } }, "readonly (number | string)[]"],
    [
      { type: "array", items: { type: "array", items: { type: "number" } } },
      "readonly (readonly number[])[]",
    ],
    [{ type: "object" }, "{ readonly [name: string]: JsonValue }"],
    [{ type: "object", additionalProperties: false }, "{ readonly [name: string]: never }"],
    [{ type: "object", additionalProperties: { type: "number" } }, "{ readonly [name: string]: number }"],
    [
      { type: "array", prefixItems: [{ type: "string" }, { type: "number" }], minItems: 1, items: false },
      "readonly [string, number?]",
    ],
    [
      { type: "array", prefixItems: [{ type: "string" }], minItems: 3, items: { type: "number" } },
      "readonly [string, ...number[]]",
    ],
    [true, "JsonValue"],
  ])("write %j as %s", (schema, type) => {
    expect(declarations(lockOf({ a: taskOf(schema) }))).toContain(`readonly value?: ${type} | undefined;`);
  });

  it("say in comments what a type cannot", () => {
    const size = { type: "integer", minimum: 1, maximum: 9 };
    const text = declarations(lockOf({ a: taskOf(size), b: taskOf({ type: "string", format: "email" }) }));
    expect(text).toContain("/** integer >= 1 <= 9 */\n    readonly value?: number");
    expect(text).toContain("/** email string */\n    readonly value?: string");
    const pattern = declarations(lockOf({ a: taskOf({ type: "string", pattern: "*/ boom(): 1 /*" }) }));
    expect(pattern).toContain("/** string /*\\/ boom(): 1 /*\\/ */\n");
  });
});

describe("a module of a lock", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("*/ boom() /*", "`\x24{boom()}`", '"; boom(); "', "__proto__", "\u2028boom()"),
  );
  const hostile = fc.record({ names: fc.uniqueArray(text, { maxLength: 4 }), value: text, pattern: text });

  it("keeps hostile names and texts as data: none becomes code", async () => {
    const property = fc.asyncProperty(hostile, async ({ names, value, pattern }) => {
      const inner = Object.fromEntries(names.map((name) => [name, { type: "string", pattern }]));
      const schema = { type: "object", properties: { ...inner, fixed: { const: value } }, required: names };
      const lock = lockOf({ "odd.task-1": { ...taskOf(schema), queue: "a__b", domain: "b" } });
      const module = taskModule(lock);
      expect(module.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      const [call] = await calls(module);
      const own = lock.tasks["odd.task-1"] as LockedTask;
      expect(call).toEqual(["odd.task-1", contractOf("odd.task-1", own), { queue: "a", domain: "b" }]);
    });
    await fc.assert(property, { numRuns: 60, seed: 16 });
  });

  it("holds contracts that defineTask takes, with the signature of the owner", async () => {
    const either = {
      type: "object",
      properties: { a: { type: "string", pattern: "\\-" }, b: { type: "number" } },
      additionalProperties: false,
      anyOf: [{ required: ["a"] }, { required: ["b"] }],
      "x-rules": ["refinement x"],
    };
    const params = printSchema(readSchema(either));
    const lock = lockOf({
      either: { params, signature: "a?,b?" },
      none: { params: { type: "object", additionalProperties: false } },
    });
    const made = (await calls(taskModule(lock))).map(([name, schema, options]) =>
      defineTask(name as string, schema as ObjectSchema, options as object),
    );
    expect(made.map(({ signature }) => signature.fingerprint)).toEqual(["a?,b?", ""]);
  });

  it("is refused for a task whose names are not in the lock", () => {
    const lock = lockOf({ large: { params: { "x-rules": ["size sha256:0"] } } });
    expect(() => taskModule(lock)).toThrow(/task large: .* too large/);
    expect(declarations(lock)).toContain("readonly large: JsonValue;");
  });
});

/** Runs a module with a `defineTask` that only notes its arguments. */
async function calls(module: string): Promise<readonly (readonly unknown[])[]> {
  const { code } = await transform(module, { loader: "ts", format: "cjs" });
  const noted: unknown[][] = [];
  const defineTask = (...args: unknown[]) => void noted.push(args);
  const boom = () => expect.fail("data became code");
  new Function("module", "exports", "require", "boom", code)({}, {}, () => ({ defineTask }), boom);
  return noted;
}

interface Folder extends Disposable {
  readonly path: string;
  write(file: string, text: string): void;
}

function temporaryFolder(): Folder {
  mkdirSync(FOLDER, { recursive: true });
  const path = mkdtempSync(join(FOLDER, "types-"));
  return {
    path,
    write: (file, text) => writeFileSync(join(path, file), text),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
