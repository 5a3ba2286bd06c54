// Bundles each package that every command and worker loads into one file. Node spends more time on opening a hundred
// small modules than on running them. Types and the other entries stay as the compiler wrote them.
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { EDGE_BUNDLE, EDGE_ENTRIES } from "../packages/producer/edge-bundle.mjs";
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
    ...(isCoreStale ? [bundleCore(build)] : []),
    ...(isProducerStale ? [build({ ...EDGE_BUNDLE, ...EDGE_OUTPUT })] : []),
  ]);
}

/**
 * All entries of core import one shared file, which is loaded once. Each entry exports its own names from it.
 * @param {typeof import("esbuild").build} build
 */
async function bundleCore(build) {
  const common = options("core");
  const { absWorkingDir } = common;
  const folder = `${absWorkingDir}/src/entries`;
  const entries = ["../index.ts", ...readdirSync(folder)].map((file) => `./src/entries/${file}`);
  const contents = entries.map((entry) => `export * from ${JSON.stringify(entry)};`).join("\n");
  const entryPoints = entries.map((entry) => ({ in: entry, out: basename(entry, ".ts") }));
  const outdir = "dist/bundle";
  // The entries write out their names, so nothing has to be bundled to know them.
  const named = await build({ absWorkingDir, entryPoints, outdir, write: false, metafile: true });
  mkdirSync(`${absWorkingDir}/${outdir}`, { recursive: true });
  for (const [path, { exports }] of Object.entries(named.metafile.outputs)) {
    if (!path.endsWith(".js")) continue;
    const text = `export { ${exports.join(", ")} } from "./all.js";\n`;
    writeFileSync(`${absWorkingDir}/${outdir}/${basename(path)}`, text);
  }
  await build({
    ...common,
    stdin: { contents, resolveDir: absWorkingDir, sourcefile: "all.ts" },
    outfile: `${outdir}/all.js`,
  });
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
    `${root}scripts/lazy-builtins.mjs`,
  ];
  return inputs.every((input) => statSync(input).mtimeMs <= bundled.mtimeMs);
}
