// What esbuild is told beyond its options, see build.mjs.
import { readFileSync } from "node:fs";

/**
 * Modules of oclif, below its `lib`, and what stands in for them.
 * @type {Readonly<Record<string, string>>}
 */
const STAND_INS = {
  "cache.js": "exports.__esModule = true; exports.default = { getInstance: () => new Map() };",
  "config/index.js": "",
  "config/ts-path.js": "exports.tsPath = async () => undefined;",
  "module-loader.js": "",
  "errors/handle.js": "exports.handle = (error) => { throw error; };",
  "errors/errors/pretty-print.js":
    "exports.default = (error) => error.message; exports.applyPrettyPrintOptions = (error) => error;",
  "logger.js":
    "const log = () => {}; exports.getLogger = () => ({ debug: log, error: log, info: log, trace: log, warn: log });" +
    "exports.makeDebug = () => log; exports.setLogger = log; exports.clearLoggers = log;",
  "screen.js": "exports.stdtermwidth = 80; exports.errtermwidth = 80;",
  "util/fs.js": "",
  "ux/index.js": "exports.ux = {}; exports.colorize = (_, text) => text;",
  "ux/theme.js": "exports.colorize = (_, text) => text;",
};

/** Packages that only lay out an error which this command lays out itself. */
const LAYOUT = /^(wrap-ansi|indent-string|clean-stack)$/;

/** What `lib/flags.js` loads for oclif's own `--help`, and `lib/parser/parse.js` to read arguments from stdin: used by no flag and no argument here. */
const UNUSED = /^(\.\/help|node:os|node:readline)$/;

/**
 * Keeps oclif's plugin machinery, spinners and debug logging out: they take longer to load than most commands to run,
 * and there are no plugins here. Parser, flags and help stay as they are.
 * @type {import("esbuild").Plugin}
 */
export const trimOclif = {
  name: "trim-oclif",
  setup(build) {
    build.onLoad({ filter: /@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, ({ path }) => {
      const [, module = ""] = path.replaceAll("\\", "/").split("/@oclif/core/lib/");
      const contents = Object.hasOwn(STAND_INS, module) ? STAND_INS[module] : undefined;
      return contents === undefined ? undefined : { contents, loader: "js" };
    });
    build.onResolve({ filter: UNUSED }, ({ importer }) =>
      /[\\/]lib[\\/](flags|parser[\\/]parse)\.js$/.test(importer)
        ? { path: "unused", namespace: "trim-oclif" }
        : undefined,
    );
    build.onResolve({ filter: LAYOUT }, ({ importer }) =>
      /[\\/]lib[\\/]errors[\\/]/.test(importer) ? { path: "no-layout", namespace: "trim-oclif" } : undefined,
    );
    build.onLoad({ filter: /unused/, namespace: "trim-oclif" }, () => ({ contents: "", loader: "js" }));
    build.onLoad({ filter: /no-layout/, namespace: "trim-oclif" }, () => ({
      contents: "module.exports = (text) => text;",
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
 * What a command takes of core statically is a small part, and is bundled. Where one wants all of it (to create an app),
 * it imports it dynamically and gets the installed package, which the adapters load anyway.
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
        /import\("\.\/(?:commands|help)\/([^"]+)\.ts"\)/g,
        required,
      );
      return { contents: text, loader: "ts" };
    });
    build.onResolve({ filter: /^\.\/[\w-]+\.cjs$/ }, ({ path }) => ({ path, external: true }));
  },
};
