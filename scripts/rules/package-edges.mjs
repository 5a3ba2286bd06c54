import { importsOf, packageOf, productionFiles } from "./repository.mjs";

/**
 * Which packages of this workspace a package may import. `dynamic` ones only by `import("…")`, so that they load on
 * use. Adapters are not listed: {@link ON_CORE_ALONE} is for them.
 * @type {Readonly<Record<string, { static: readonly string[], dynamic?: RegExp }>>}
 */
const EDGES = {
  core: { static: [] },
  "broker-conformance": { static: ["@jobs/core"] },
  testing: { static: ["@jobs/core", "@jobs/adapter-memory"] },
  cli: {
    static: ["@jobs/core", "@jobs/host"],
    dynamic: /^@jobs\/(?:adapter-[a-z]+|results-[a-z]+|broker-conformance|dashboard)$/,
  },
};

/** Adapters, result stores and the dashboard import core only. */
const ON_CORE_ALONE = { static: ["@jobs/core"], dynamic: undefined };

/** A package imports only the packages below it. Core imports no package, an adapter only core. */
/** @type {import("./repository.mjs").Rule} */
export function packageEdges(repository) {
  return importsOf(productionFiles(repository)).flatMap(
    ({ path, specifier, line, isDynamic, isTypeOnly }) => {
      const target = /^@jobs\/[^/]+/.exec(specifier)?.[0];
      if (target === undefined) return [];
      const name = packageOf(path) ?? "";
      const edges = EDGES[name] ?? ON_CORE_ALONE;
      if (edges.static.includes(target)) return [];
      if (edges.dynamic?.test(target)) {
        if (isDynamic || isTypeOnly) return [];
        return [{ path, line, message: `${name} loads ${target} by import("…") only.` }];
      }
      return [{ path, line, message: `${name} must not import ${target}.` }];
    },
  );
}
