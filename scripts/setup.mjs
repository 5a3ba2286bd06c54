// Prepares a checkout with Node and npm only. It installs once for each lockfile and Node version, then builds.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const stampFile = `${root}node_modules/.setup-stamp`;

/** A text that changes whenever the installed packages could be out of date. */
function currentStamp() {
  const lock = readFileSync(`${root}pnpm-lock.yaml`);
  return createHash("sha256").update(lock).update(process.version).digest("hex");
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} [env]
 */
function run(command, args, env = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
    shell: process.platform === "win32",
  });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

const stamp = currentStamp();
if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== stamp) {
  const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  console.log(`Setting up: installing dependencies with ${packageManager} (first run only, about 15 s) …`);
  run(
    "npx",
    ["-y", packageManager, "install", "--frozen-lockfile", "--reporter=append-only", "--loglevel=error"],
    {
      npm_config_loglevel: "error",
    },
  );
  writeFileSync(stampFile, stamp);
}
run(process.execPath, ["scripts/build.mjs"]);
