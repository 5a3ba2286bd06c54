// Compiles every package with project references, then bundles the packages that must start quickly. Fast when nothing
// changed.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bundleCli } from "../packages/cli/scripts/build.mjs";
import { bundlePage } from "../packages/dashboard/scripts/build.mjs";
import { bundleLibraries } from "./bundle-libraries.mjs";
import { removeStaleOutputs } from "./stale-outputs.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** @param {readonly string[]} args */
function run(args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

run(["node_modules/typescript/bin/tsc", "-b"]);
removeStaleOutputs();
await Promise.all([bundleLibraries(), bundleCli(), bundlePage()]);
