// Bundles the packages that every command and every worker loads into one file each: Node spends more time on opening a
// hundred small modules than on running them. Types and the other entries stay as the compiler wrote them.
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { lazyBuiltins } from "./lazy-builtins.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Folders under `packages/` whose main entry is `dist/bundle.js`. */
const LIBRARIES = ["core", "adapter-sqlite", "adapter-redis", "adapter-sqs", "results-postgres"];

/** Bundles what the compiler has written since the last time. */
export async function bundleLibraries() {
  const stale = LIBRARIES.filter((name) => !isCurrent(name));
  if (stale.length === 0) return;
  const { build } = await import("esbuild");
  await Promise.all(stale.map((name) => build(options(name))));
}

/**
 * @param {string} name
 * @returns {import("esbuild").BuildOptions}
 */
function options(name) {
  return {
    absWorkingDir: `${root}packages/${name}`,
    entryPoints: ["src/index.ts"],
    outfile: "dist/bundle.js",
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["@jobs/core", "@photostructure/sqlite", "ioredis", "@aws-sdk/client-sqs", "pg", "croner"],
    plugins: [lazyBuiltins],
    sourcemap: true,
    logLevel: "warning",
  };
}

/**
 * The compiler touches its build state whenever it has written something.
 * @param {string} name
 */
function isCurrent(name) {
  const dist = `${root}packages/${name}/dist`;
  const bundled = statSync(`${dist}/bundle.js`, { throwIfNoEntry: false });
  if (bundled === undefined) return false;
  const inputs = [
    `${dist}/.tsbuildinfo`,
    `${root}scripts/bundle-libraries.mjs`,
    `${root}scripts/lazy-builtins.mjs`,
  ];
  return inputs.every((input) => statSync(input).mtimeMs <= bundled.mtimeMs);
}
