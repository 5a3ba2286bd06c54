// Bundles load Node's own modules when a function of theirs is called. An import statement loads them at once, and with
// them all that they offer lazily themselves: `import { randomFillSync } from "node:crypto"` brings 20 modules along.

const NAMESPACE = "builtin";

/** @type {import("esbuild").Plugin} */
export const lazyBuiltins = {
  name: "lazy-builtins",
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === "import-statement" ? { path, namespace: NAMESPACE, sideEffects: false } : undefined,
    );
    build.onLoad({ filter: /./, namespace: NAMESPACE }, ({ path }) => ({ contents: standInFor(path) }));
  },
};

/**
 * A module with the same exports. What is no plain function, a class or a table of functions, is taken as it is and
 * loads the module where it is imported.
 * @param {string} path
 */
function standInFor(path) {
  const exported = Object.entries(Object.getOwnPropertyDescriptors(process.getBuiltinModule(path)));
  const lines = exported
    .filter(([name, { value }]) => value !== undefined && name !== "default")
    .map(([name, { value }]) =>
      typeof value === "function" && /^[a-z]/.test(name)
        ? `export const ${name} = (...values) => builtin().${name}(...values);`
        : `export const ${name} = /* @__PURE__ */ (() => builtin().${name})();`,
    );
  return [
    "let loaded;",
    `const builtin = () => (loaded ??= process.getBuiltinModule("${path}"));`,
    ...lines,
  ].join("\n");
}
