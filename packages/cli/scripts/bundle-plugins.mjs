// What esbuild is told beyond its options, see build.mjs.
import { readFileSync } from "node:fs";
import { lazyRequires } from "../../../scripts/lazy-requires.mjs";

/**
 * oclif as published, except that each of its modules runs at its first use, not at its import. Most of it is never
 * used: plugins, spinners and debug logging take longer to load than most commands to run.
 * @type {import("esbuild").Plugin}
 */
export const lazyOclif = {
  name: "lazy-oclif",
  setup(build) {
    build.onLoad({ filter: /@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, ({ path }) => ({
      contents: lazyRequires(readFileSync(path, "utf8")),
      loader: "js",
    }));
  },
};

/**
 * All commands load the same copy of oclif's parser.
 * @type {import("esbuild").Plugin}
 */
export const sharedOclif = {
  name: "shared-oclif",
  setup(build) {
    build.onResolve({ filter: /\/oclif\.ts$/ }, () => ({ path: "./oclif.cjs", external: true }));
  },
};

/**
 * What a command takes of core statically is a small part, and is bundled. Code that needs all of it imports it
 * dynamically and gets the installed package, which adapters load anyway.
 * @type {import("esbuild").Plugin}
 */
export const wholeCoreOutside = {
  name: "whole-core-outside",
  setup(build) {
    build.onResolve({ filter: /^@jobs\/core(\/|$)/ }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path, external: true } : undefined,
    );
  },
};

/**
 * Where one bundle leads to another: `import("./commands/dlq/list.ts")` requires `./dlq-list.cjs`.
 * @type {import("esbuild").Plugin}
 */
export const requiredBundles = {
  name: "required-bundles",
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/](main|command-table)\.ts$/ }, ({ path }) => {
      /** @type {(call: string, name: string) => string} */
      const required = (_, name) => `Promise.resolve(require("./${name.replaceAll("/", "-")}.cjs"))`;
      const text = readFileSync(path, "utf8").replace(
        /import\("\.\/(?:commands|complete|help)\/([^"]+)\.ts"\)/g,
        required,
      );
      return { contents: text, loader: "ts" };
    });
    build.onResolve({ filter: /^\.\/[\w-]+\.cjs$/ }, ({ path, importer }) =>
      importer.includes("node_modules") ? undefined : { path, external: true },
    );
  },
};
