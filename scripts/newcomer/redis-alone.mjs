import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ShellSession } from "./shell-session.mjs";

/**
 * A command, how it ended, and what was expected of it.
 * @typedef {object} Tried
 * @property {import("./shell-session.mjs").Ended} ended
 * @property {number} expected The exit code.
 */

/** What an application on Redis needs, and nothing else. */
const PACKAGES = "@jobs/core @jobs/cli @jobs/adapter-redis";

/** None of them may be in its tree. */
const UNWANTED = ["@jobs/adapter-sqlite", "@photostructure/sqlite", "piscina", "pino-pretty", "bullmq"];

/** How a user begins a project. pnpm need not be installed on this machine; a hint calls it by its name. */
const BEGIN = {
  npm: ["npm init --yes", "npm pkg set type=module", `npm install ${PACKAGES}`],
  pnpm: [
    'pnpm() { npx --yes pnpm@10 "$@"; }',
    "pnpm init",
    "npm pkg set type=module",
    `pnpm add ${PACKAGES}`,
  ],
};

const APP = `import { createApp, defineTask, handle } from "@jobs/core";

const add = defineTask("add", { a: "integer", b: "integer" });
export default createApp({ tasks: [add], handlers: [handle(add, ({ a, b }) => a + b)] });
`;

/** The command line in a hint for a package that is not installed. */
const INSTALL = /\b(?<command>(?:npm install|pnpm add) [\w@/.-]+?)\.?(?:\s|$)/m;

/** A wrong configuration: a package is missing. */
const EXIT_CONFIG = 78;

/**
 * Installs the command for Redis alone, runs a job, and looks for packages that nobody asked for. Then it asks for
 * brokers whose packages are missing, types what the hints say, and expects that this was enough.
 * @param {"npm" | "pnpm"} manager
 * @param {{ readonly folder: string, readonly env: NodeJS.ProcessEnv, readonly redis: string }} setting
 * @returns {AsyncGenerator<Tried>}
 */
export async function* redisAlone(manager, { folder, env, redis }) {
  mkdirSync(folder);
  writeFileSync(join(folder, "app.js"), APP);
  writeFileSync(join(folder, "jobs.config.mjs"), `export default { app: "./app.js" };\n`);
  const shell = new ShellSession(folder, env);
  /** @param {string} command */
  const run = async (command, expected = 0) => ({ ended: await shell.run(command), expected });
  for (const command of BEGIN[manager]) yield run(command);
  yield run(`export JOBS_BROKER=${redis} JOBS_QUEUE_PREFIX=${manager}-`);
  yield run("npx jobs-cli enqueue add a=40 b=2");
  yield run("npx jobs-cli worker --drain");
  yield run("npx jobs-cli stats");
  yield nothingUnwanted(folder);
  yield* followHints("npx jobs-cli stats --broker sqlite", { run, manager });
  yield* followHints(`npx jobs-cli stats --broker '${redis}?engine=bullmq'`, { run, manager });
  await shell.close();
}

/**
 * Types a command, and what its hints say, until it succeeds.
 * @param {string} command
 * @param {{ readonly run: (command: string, expected?: number) => Promise<Tried>, readonly manager: string }} user
 * @returns {AsyncGenerator<Tried>}
 */
async function* followHints(command, { run, manager }) {
  const asked = new Set();
  for (;;) {
    const tried = await run(command);
    const install = INSTALL.exec(tried.ended.output)?.groups?.command;
    if (tried.ended.code !== EXIT_CONFIG || install === undefined || asked.has(install)) {
      // If nothing was missing from the beginning, the hints were not tried.
      const isUntried = asked.size === 0 && tried.ended.code === 0;
      yield { ...tried, expected: isUntried ? EXIT_CONFIG : 0 };
      return;
    }
    yield { ...tried, expected: install.startsWith(manager) ? EXIT_CONFIG : 0 };
    asked.add(install);
    yield run(install);
  }
}

/**
 * As a command that prints what should not be there.
 * @param {string} folder
 * @returns {Tried}
 */
function nothingUnwanted(folder) {
  const found = readdirSync(join(folder, "node_modules"), { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => UNWANTED.some((name) => path.endsWith(`node_modules/${name}`) || path === name));
  const ended = {
    command: `# none of ${UNWANTED.join(", ")} is installed`,
    code: found.length,
    seconds: 0,
    output: found.join("\n"),
  };
  return { ended, expected: 0 };
}
