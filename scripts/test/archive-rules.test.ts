import { describe, expect, it } from "vitest";
import { complaintsAbout } from "../publish/archive-rules.mjs";
import { importsOf } from "../publish/imports-of.mjs";

const LICENSE = "MIT";
const MANIFEST = {
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
  bin: { it: "./bin/it.cjs" },
  dependencies: { here: "^1.0.0" },
  peerDependencies: { "@scope/peer": "^1.0.0" },
};
const FILES = {
  "README.md": "# it",
  LICENSE,
  "bin/it.cjs": 'require("../dist/main.js");',
  "dist/main.js": 'export * from "here";',
  "dist/index.js": 'import "node:fs"; import("here/part");\n//# sourceMappingURL=index.js.map',
  "dist/index.js.map": JSON.stringify({ sources: ["../src/index.ts"], sourcesContent: ["import 'x';"] }),
  "dist/index.d.ts": 'export type { A } from "./a.ts"; export type B = import("@scope/peer").B;',
  "dist/a.d.ts": "export interface A {}",
  "dist/a.js": "export {};\n",
};

/** What is said about a good archive with these files in place of its own; `null` leaves one out. */
function complaints(changed: Record<string, string | null> = {}, manifest: object = {}): string[] {
  const files = Object.entries({ ...FILES, ...changed }).filter(
    (file): file is [string, string] => file[1] !== null,
  );
  const archive = { name: "it", manifest: { ...MANIFEST, ...manifest }, files: new Map(files) };
  return complaintsAbout(archive, LICENSE);
}

describe("an archive", () => {
  it("with all that it needs is good", () => {
    expect(complaints()).toEqual([]);
  });

  it.each<[string, Record<string, string | null>]>([
    ["has no README.md", { "README.md": null }],
    ["has no LICENSE, or another one than the root", { LICENSE: "other" }],
    ["contains dist/.tsbuildinfo", { "dist/.tsbuildinfo": "{}" }],
    ["contains dist/a.test.d.ts", { "dist/a.test.d.ts": "" }],
    ["dist/index.js names dist/index.js.map, which is not there", { "dist/index.js.map": null }],
    [
      "dist/index.js.map is a map without its sources",
      { "dist/index.js.map": JSON.stringify({ sources: ["../src/index.ts"] }) },
    ],
    ["dist/main.js is used and not there", { "dist/main.js": null }],
    ["dist/a.d.ts is used and not there", { "dist/a.d.ts": null }],
    ["dist/main.js imports away/part, which is no dependency", { "dist/main.js": 'import "away/part";' }],
    [
      "dist/a.d.ts imports @scope/away, which is no dependency",
      { "dist/a.d.ts": 'export type C = import("@scope/away").C;' },
    ],
    [
      "dist/old.js is used by nothing; if an older build left it, remove dist and build again",
      { "dist/old.js": "export const a = 1;" },
    ],
  ])("%s", (complaint, changed) => {
    expect(complaints(changed)).toEqual([`it: ${complaint}`]);
  });

  it("names no workspace and no sources", () => {
    expect(complaints({}, { dependencies: { here: "workspace:^" } })).toEqual([
      "it: names a workspace version",
    ]);
    const exports = { ...MANIFEST.exports["."], "@jobs/source": "./dist/index.js" };
    expect(complaints({}, { exports })).toEqual(["it: exports sources"]);
  });
});

describe("the imports of a module", () => {
  it("are all that it names by a text", () => {
    const text = `
      import a from "a"; export * from "b"; export { c } from "c"; const d = () => import("d");
      const e = new URL("./e.js", import.meta.url); const no = new URL("https://host");
    `;
    expect([...importsOf("x.js", text)].sort()).toEqual(["./e.js", "a", "b", "c", "d"]);
    expect(importsOf("x.cjs", 'const a = require("a"); obj.require("no"); require(name);')).toEqual(["a"]);
    expect(importsOf("x.d.ts", 'export declare const a: import("a").A;')).toEqual(["a"]);
  });
});
