import { describe, expect, it } from "vitest";
import { listImports } from "../rules/list-imports.mjs";

describe("imports of a file", () => {
  it("finds every form of import and re-export with its line", () => {
    const text = [
      'import "./effect.ts";',
      'import { a, type B } from "./named.ts";',
      'import type { C } from "./type.ts";',
      'import d, {\n  e,\n} from "./wide.ts";',
      'export * from "./all.ts";',
      'export { type F, f } from "./some.ts";',
      'export type { G } from "./exported-type.ts";',
    ].join("\n");
    expect(listImports(text)).toEqual([
      { specifier: "./effect.ts", line: 1, isDynamic: false, isTypeOnly: false },
      { specifier: "./named.ts", line: 2, isDynamic: false, isTypeOnly: false },
      { specifier: "./type.ts", line: 3, isDynamic: false, isTypeOnly: true },
      { specifier: "./wide.ts", line: 4, isDynamic: false, isTypeOnly: false },
      { specifier: "./all.ts", line: 7, isDynamic: false, isTypeOnly: false },
      { specifier: "./some.ts", line: 8, isDynamic: false, isTypeOnly: false },
      { specifier: "./exported-type.ts", line: 9, isDynamic: false, isTypeOnly: true },
    ]);
  });

  it("tells a dynamic import from the type of a module", () => {
    const text =
      'const a = await import("./late.ts");\nlet b: typeof import("./type.ts");\nlet c: import("./other.ts").C;';
    expect(listImports(text)).toEqual([
      { specifier: "./late.ts", line: 1, isDynamic: true, isTypeOnly: false },
      { specifier: "./type.ts", line: 2, isDynamic: false, isTypeOnly: true },
      { specifier: "./other.ts", line: 3, isDynamic: false, isTypeOnly: true },
    ]);
  });

  it.each([
    ["a line comment", '// import { a } from "./a.ts";'],
    ["a block comment", '/*\nimport { a } from "./a.ts";\n*/'],
    ["a template", 'const text = `\nimport { a } from "./a.ts";\n`;'],
    ["an exported value", 'export const name = "from";\nexport type State = "ready" | "done";'],
    ["an exported function", 'export function from(text = "x") {\n  return text;\n}'],
  ])("takes nothing from %s", (_where, text) => {
    expect(listImports(text)).toEqual([]);
  });

  it("is not led astray by quotes and slashes in regular expressions", () => {
    const text = 'const quotes = /["`]/g;\nconst half = a / 2;\nimport { b } from "./b.ts";';
    expect(listImports(text).map(({ specifier }) => specifier)).toEqual(["./b.ts"]);
  });
});
