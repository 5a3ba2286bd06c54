// Does what a new user does, with the packages as they are published, in empty folders outside of the repository. It
// follows the README and the guide to the letter, creates projects, and installs only what Redis needs. Each command is
// printed with its exit code. `--json FILE` also writes what the commands printed.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startRegistry } from "./newcomer/local-registry.mjs";
import { partOf, stepsOf } from "./newcomer/page-steps.mjs";
import { redisAlone } from "./newcomer/redis-alone.mjs";
import { ShellSession } from "./newcomer/shell-session.mjs";
import { PACKS, packAll } from "./publish/archives.mjs";

/** @typedef {import("./newcomer/page-steps.mjs").PageStep} PageStep */

const { values } = parseArgs({ options: { json: { type: "string" } } });
const root = fileURLToPath(new URL("..", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "jobs-newcomer-"));
const registry = await startRegistry(packAll());
const env = environment();

/** @type {{ page: string, ended: import("./newcomer/shell-session.mjs").Ended, expected: number }[]} */
const rows = [];
try {
  await follow("README.md", readmeSteps());
  await follow("getting-started.md", stepsOf(readFileSync(`${root}docs/guide/getting-started.md`, "utf8")));
  await follow("typescript.md, CommonJS", commonJsSteps());
  await follow("npm create, TypeScript", [
    command("npm create @jobs shop --yes"),
    command("cd shop"),
    ...["npm test", "npm run typecheck", "npm run enqueue", "npm run stats"].map(command),
  ]);
  await follow("pnpm create, JavaScript", [
    command("npx --yes pnpm@10 create @jobs shop --javascript"),
    command("cd shop"),
    ...["npm test", "npm run enqueue", "npm run stats"].map(command),
    command(`node --eval 'console.log(typeof require("@jobs/core").createApp)'`),
  ]);
  await tryRedisAlone();
} finally {
  registry.close();
  rmSync(home, { recursive: true, force: true });
  rmSync(PACKS, { recursive: true, force: true });
}
if (values.json) writeFileSync(values.json, JSON.stringify(rows, undefined, 2));
const failed = rows.filter(({ ended, expected }) => ended.code !== expected);
for (const { page, ended } of failed) console.log(`\n${page}: $ ${ended.command}\n${ended.output}`);
console.log(`${rows.length - failed.length} of ${rows.length} commands ended as the pages say.`);
process.exitCode = failed.length === 0 && rows.length > 0 ? 0 : 1;

/**
 * Takes steps in an empty folder of their own.
 * @param {string} page
 * @param {readonly PageStep[]} steps
 */
async function follow(page, steps) {
  const folder = join(home, page.replaceAll(/\W+/g, "-"));
  mkdirSync(folder);
  const shell = new ShellSession(folder, env);
  for (const step of steps) {
    if (step.kind === "file") {
      mkdirSync(dirname(join(folder, step.name)), { recursive: true });
      writeFileSync(join(folder, step.name), step.text);
      continue;
    }
    const ended = await shell.run(forThisNode(step.text));
    // 65: the command refused parameters.
    report(page, ended, step.isRefused ? 65 : 0);
  }
  await shell.close();
}

/**
 * @param {string} page
 * @param {import("./newcomer/shell-session.mjs").Ended} ended
 * @param {number} expected
 */
function report(page, ended, expected) {
  rows.push({ page, ended, expected });
  const mark = ended.code === expected ? "ok  " : "FAIL";
  console.log(
    `${mark}  ${ended.seconds.toFixed(1).padStart(5)} s  exit ${ended.code}  ${page}: ${ended.command}`,
  );
}

/** Only what Redis needs, by both package managers, and what hints say to install. */
async function tryRedisAlone() {
  const { hasRedis, startRedisServer } = await import("../test-servers/dist/index.js");
  if (!(await hasRedis())) return;
  const redis = await startRedisServer();
  try {
    for (const manager of /** @type {const} */ (["npm", "pnpm"])) {
      const setting = { folder: join(home, `redis-alone-${manager}`), env, redis: redis.url };
      for await (const { ended, expected } of redisAlone(manager, setting))
        report(`Redis alone, ${manager}`, ended, expected);
    }
  } finally {
    await redis[Symbol.asyncDispose]();
  }
}

/**
 * The pages say in a sentence what older Node needs besides.
 * @param {string} command
 */
function forThisNode(command) {
  const isInstall = command.startsWith("npm install") && command.includes("@jobs/adapter-sqlite");
  return isInstall && !isBuiltin("node:sqlite") ? `${command} @photostructure/sqlite@1` : command;
}

function readmeSteps() {
  return stepsOf(partOf(readFileSync(`${root}README.md`, "utf8"), "## Start", "## How fast"));
}

function commonJsSteps() {
  return stepsOf(partOf(readFileSync(`${root}docs/guide/typescript.md`, "utf8"), "## CommonJS"));
}

/** @param {string} text @returns {PageStep} */
function command(text) {
  return { kind: "command", text, isRefused: false };
}

/** The user's own, without what npm and this repository have set for a script, and with our packages' registry. */
function environment() {
  const settings = join(home, "npmrc");
  const others = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
  writeFileSync(
    settings,
    `@jobs:registry=${registry.url}/\nregistry=${others}\nfund=false\naudit=false\nupdate-notifier=false\nprefer-offline=true\n`,
  );
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:npm_|JOBS_|NODE_OPTIONS)/i.test(name));
  return { ...Object.fromEntries(kept), NPM_CONFIG_USERCONFIG: settings, SHELL: "/bin/bash" };
}
