// Bundles each package that every command and worker loads into one file. Node spends more time on opening a hundred
// small modules than on running them. Types and the other entries stay as the compiler wrote them.
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EDGE_BUNDLE, EDGE_ENTRIES } from "../packages/producer/edge-bundle.mjs";
import { bundleCore } from "./bundle-core.mjs";
import { lazyBuiltins } from "./lazy-builtins.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Folders under `packages/` whose main entry is `dist/bundle.js`. */
const LIBRARIES = ["adapter-sqlite", "adapter-redis", "adapter-sqs", "adapter-postgres"];

/** @satisfies {import("esbuild").BuildOptions} */
const EDGE_OUTPUT = {
  entryPoints: EDGE_ENTRIES,
  format: /** @type {const} */ ("esm"),
  outdir: "dist",
  sourcemap: true,
};

/** Further entries of these packages, each with its output. A first entry shares no module with them. */
const MORE_ENTRIES = /** @type {Readonly<Partial<Record<string, Readonly<Record<string, string>>>>>} */ ({
  "adapter-sqs": { "bundle-lambda": "src/lambda/lambda-handler.ts" },
});

/** Bundles what the compiler has written since the last time. */
export async function bundleLibraries() {
  const stale = LIBRARIES.filter((name) => {
    const outputs = ["bundle", ...Object.keys(MORE_ENTRIES[name] ?? {})];
    return !outputs.every((output) => isCurrent(name, `${output}.js`));
  });
  const isCoreStale = !isCurrent("core", "bundle/all.js");
  const isProducerStale =
    isCoreStale || !Object.keys(EDGE_ENTRIES).every((output) => isCurrent("producer", `${output}.js`));
  if (stale.length === 0 && !isCoreStale && !isProducerStale) return;
  const { build } = await import("esbuild");
  await Promise.all([
    ...stale.map((name) => {
      const entryPoints = { bundle: "src/index.ts", ...MORE_ENTRIES[name] };
      return build({ ...options(name), entryPoints, outdir: "dist" });
    }),
    ...(isCoreStale ? [bundleCore(build, options("core"))] : []),
    ...(isProducerStale ? [build({ ...EDGE_BUNDLE, ...EDGE_OUTPUT })] : []),
  ]);
}

/** @param {string} name */
function options(name) {
  return /** @type {const} @satisfies {import("esbuild").BuildOptions} */ ({
    absWorkingDir: `${root}packages/${name}`,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: [
      "@jobs/core",
      "@photostructure/sqlite",
      "ioredis",
      "bullmq",
      "@aws-sdk/client-sqs",
      "pg",
      "croner",
    ],
    plugins: [lazyBuiltins],
    sourcemap: true,
    logLevel: "warning",
  });
}

/**
 * The compiler updates its build state whenever it has written something.
 * @param {string} name
 * @param {string} output
 */
function isCurrent(name, output) {
  const dist = `${root}packages/${name}/dist`;
  const bundled = statSync(`${dist}/${output}`, { throwIfNoEntry: false });
  if (bundled === undefined) return false;
  const inputs = [
    `${dist}/.tsbuildinfo`,
    `${root}scripts/bundle-libraries.mjs`,
    `${root}scripts/bundle-core.mjs`,
    `${root}scripts/lazy-builtins.mjs`,
  ];
  return inputs.every((input) => statSync(input).mtimeMs <= bundled.mtimeMs);
}
