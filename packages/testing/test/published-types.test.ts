import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const FOLDER = fileURLToPath(new URL("fixtures/types", import.meta.url));
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const TSC = join(
  dirname(createRequire(join(ROOT, "package.json")).resolve("typescript/package.json")),
  "bin/tsc",
);

/** The sources have the matchers anyway. Users read the declaration files of the build. */
test("the declaration files add the matchers to vitest and to jest", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [TSC, "-p", FOLDER]).catch((error) => error);
  expect(stdout).toBe("");
});

test.each([
  ["vitest", "vitest"],
  ["jest", "expect"],
])("the declaration file of %s names %s, without which TypeScript 5 adds no matcher", async (entry, name) => {
  const text = await readFile(new URL(`../dist/${entry}.d.ts`, import.meta.url), "utf8");
  expect(text).toMatch(new RegExp(`^(import|export) .* from "${name}";$`, "m"));
});
