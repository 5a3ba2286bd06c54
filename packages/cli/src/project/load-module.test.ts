import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { hostileValues } from "../../../../test-servers/hostile-values.mjs";
import { debugText, describeError } from "../output/describe-error.ts";
import { loadModule } from "./load-module.ts";

const TMP = fileURLToPath(new URL("../../.tmp", import.meta.url));
mkdirSync(TMP, { recursive: true });
const folder = mkdtempSync(join(TMP, "modules-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const VALUES = new URL("../../../../test-servers/hostile-values.mjs", import.meta.url).href;

/** A configuration that throws `expression` while it is loaded. */
function moduleThrowing(name: string, expression: string): string {
  const path = join(folder, name);
  writeFileSync(path, `import { hostileValues } from "${VALUES}";\nthrow ${expression};\n`);
  return path;
}

it.each(
  Object.keys(hostileValues()).flatMap((value) => [
    { value, kind: "mjs" },
    { value, kind: "ts" },
  ]),
)("a module .$kind that throws $value is refused with one line of text", async ({ value, kind }) => {
  const path = moduleThrowing(
    `${value.replace(/\W+/g, "-")}.${kind}`,
    `hostileValues()[${JSON.stringify(value)}]()`,
  );
  const refused = await loadModule(path, "jobs.config").then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({ code: "invalid_config" });
  const { exitCode, text } = describeError(refused);
  expect(exitCode).toBe(78);
  expect(text.length).toBeLessThan(10_000);
  expect(() => debugText(refused)).not.toThrow();
});

describe.each(["mjs", "ts"])("a module .%s", (kind) => {
  it("that is not there is told, with the name that is close", async () => {
    writeFileSync(join(folder, `billing.${kind}`), "");
    await expect(loadModule(join(folder, `biling.${kind}`), "app")).rejects.toMatchObject({
      message: "app: there is no such file.",
      hint: `Did you mean billing.${kind}? Correct the path, or create the file.`,
    });
  });

  it.each([
    ["./gone.mjs", /it imports .*gone\.mjs, and there is no such file\.$/, /create the file/],
    [
      "no-such-package",
      /it imports no-such-package, which is not installed\.$/,
      /pnpm add no-such-package\./,
    ],
  ])("that imports %s names it and what to do", async (specifier, message, hint) => {
    // Node loads a path once.
    const path = join(folder, `imports-${specifier.replace(/[^\w-]/g, "")}.${kind}`);
    writeFileSync(path, `import x from "${specifier}";\nexport default x;\n`);
    const refused = { message: expect.stringMatching(message), hint: expect.stringMatching(hint) };
    await expect(loadModule(path, "app")).rejects.toMatchObject(refused);
    await expect(loadModule(path, "app")).rejects.toThrow(new RegExp(`imports-[-\\w]+\\.${kind}`));
  });
});

/** Ways in which a module says what it exports. */
const FORMS: Readonly<Record<string, string>> = {
  "es.mjs": `export default { app: 1 };\nexport const adapter = 2;\n`,
  "es.ts": `export default { app: 1 };\nexport const adapter = 2;\n`,
  "compiled.cjs": `Object.defineProperty(exports, "__esModule", { value: true });\nexports.default = { app: 1 };\nexports.adapter = 2;\n`,
  "plain.cjs": `module.exports = { app: 1 };\nmodule.exports.adapter = 2;\n`,
  "plain.cts": `module.exports = { app: 1 };\nmodule.exports.adapter = 2;\n`,
  "assigned.cts": `const exported = { app: 1, adapter: 2 };\nexport = exported;\n`,
};

it.each(Object.entries(FORMS))("%s gives its default export and the others", async (name, text) => {
  writeFileSync(join(folder, name), text);
  const { default: exported, adapter } = await loadModule(join(folder, name), name);
  expect(exported).toMatchObject({ app: 1 });
  expect(adapter).toBe(2);
});

it.each(["mjs", "ts"])("a module .%s without a default export has none", async (kind) => {
  writeFileSync(join(folder, `named.${kind}`), "export const app = 1;\n");
  expect((await loadModule(join(folder, `named.${kind}`), "named")).default).toBeUndefined();
});

it("a frozen error of ours keeps its text, with the place in front", async () => {
  const path = moduleThrowing(
    "frozen.mjs",
    `Object.freeze(Object.assign(new Error("twice"), { [Symbol.for("@jobs/core/error")]: true, code: "duplicate_task" }))`,
  );
  await expect(loadModule(path, "jobs.config")).rejects.toMatchObject({
    message: expect.stringMatching(/frozen\.mjs:2: twice/),
  });
});

it.each(Object.entries(hostileValues()))("the command line describes %s", (_name, make) => {
  const { exitCode, text } = describeError(make());
  expect(exitCode).toBe(70);
  expect(typeof text).toBe("string");
  expect(() => debugText(make())).not.toThrow();
});
