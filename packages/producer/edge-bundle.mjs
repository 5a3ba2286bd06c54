// How the bundles of this package are made: for any runtime, with stand-ins for the few things of Node that core needs.
import { fileURLToPath } from "node:url";

/** The entries by the names of their bundles. Each bundle is whole, since a function at the edge mostly needs one. */
export const EDGE_ENTRIES = { bundle: "src/index.ts", "bundle-http": "src/http/enqueue-handler.ts" };

/**
 * Parts of core that its calls load when they are first used. No such call is in the bundle. If the parts were followed,
 * esbuild would wrap each module that they need, too.
 * @type {import("esbuild").Plugin}
 */
const noParts = {
  name: "no-parts",
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path, external: true } : undefined,
    );
  },
};

/** Options of esbuild, without entries. */
export const EDGE_BUNDLE = /** @satisfies {import("esbuild").BuildOptions} */ ({
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  bundle: true,
  platform: /** @type {const} */ ("neutral"),
  target: "es2022",
  conditions: ["@jobs/source"],
  alias: { "node:util": "./src/edge/value-types.ts" },
  // Imported by parts of core that are not in the bundle. A test finds one that stays.
  external: ["node:*"],
  inject: ["./src/edge/buffer.ts"],
  plugins: [noParts],
  minify: true,
  legalComments: /** @type {const} */ ("none"),
  logLevel: /** @type {const} */ ("warning"),
});
