import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, it } from "vitest";
import { importModule } from "../src/import-module.ts";

const folder = mkdtempSync(join(tmpdir(), "jobs-import-"));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ["es.mjs", "export default 1;\nexport const handler = 2;\n"],
  ["es.ts", "export default 1;\nexport const handler = 2;\n"],
  ["compiled.cjs", "exports.__esModule = true;\nexports.default = 1;\nexports.handler = 2;\n"],
  ["compiled.cts", "exports.__esModule = true;\nexports.default = 1;\nexports.handler = 2;\n"],
])("%s gives its default export and the others", async (name, text) => {
  writeFileSync(join(folder, name), text);
  const loaded = await importModule(pathToFileURL(join(folder, name)).href);
  expect(loaded).toMatchObject({ default: 1, handler: 2 });
});
