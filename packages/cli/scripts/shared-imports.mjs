// Code that the engine takes from a cache cannot `import()` in Node 20. The start file can, and does it for all bundles.
import MagicString from "magic-string";
import { parseSync, Visitor } from "oxc-parser";

/** The name under which `src/import-module.ts` keeps it, as `sharedState` writes it. */
const SHARED = `globalThis[Symbol.for("@jobs/cli/import")]`;

/**
 * A bundle whose calls of `import()` are made by the start file. Both are in the same folder, so each package is found
 * where it was.
 * @param {string} text
 */
export function sharedImports(text) {
  const edited = new MagicString(text);
  const { program } = parseSync("bundle.cjs", text, { sourceType: "commonjs" });
  new Visitor({
    ImportExpression: ({ start }) => void edited.overwrite(start, start + "import".length, SHARED),
  }).visit(program);
  return edited.toString();
}
