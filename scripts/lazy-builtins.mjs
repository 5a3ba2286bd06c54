// Makes bundles load a module of Node at the first call of one of its functions. An import statement loads it at once,
// with everything that it would load lazily: `import { randomFillSync } from "node:crypto"` loads 20 more modules.

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
 * A module with the same exports. Only plain functions load the module lazily. Importing a class or a table of
 * functions loads it at once.
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
