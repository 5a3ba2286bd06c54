// Searches for random sequences of steps where a broker differs from the model of a queue: `npm run model`. It also
// searches for random flows that run otherwise than planned, and for random situations that are explained wrongly.
// `npm test` tries the same few every time. This tries new ones and prints the seed that repeats them.
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Random flows, and random situations that are explained, on the memory broker. They are tried in each search. */
const ON_MEMORY = [
  "packages/core/test/flow/random-flows.test.ts",
  "packages/core/test/explain/random-situations.test.ts",
];

/** Seeds are signed 32-bit numbers. */
const MAX_SEED = 2 ** 31;

const USAGE = `npm run model -- [--runs N] [--seed N] [--broker NAME …]

  --runs N       random sequences on each broker (default 1000)
  --seed N       repeats an earlier search (default: a new seed, which is printed)
  --broker NAME  only this broker, may be repeated (default: all of ${brokers().join(", ")})`;

const { values } = readOptions();
const runs = wholeNumber("runs", values.runs ?? "1000", 1);
const seed = wholeNumber("seed", values.seed ?? String(randomInt(MAX_SEED)), -MAX_SEED);
const wanted = values.broker ?? brokers();
const unknown = wanted.filter((name) => !brokers().includes(name));
if (unknown.length > 0) fail(`there is no broker ${unknown.join(", ")}.`);

console.log(`${runs} random sequences on each of ${wanted.join(", ")}, seed ${seed}`);
console.log(`repeat: npm run model -- --runs ${runs} --seed ${seed} --broker ${wanted.join(" --broker ")}`);
const { status } = spawnSync(
  process.execPath,
  ["node_modules/vitest/vitest.mjs", "run", ...wanted.flatMap(testFilesOf), ...ON_MEMORY, "-t", "F10"],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, JOBS_MODEL_RUNS: String(runs), JOBS_MODEL_SEED: String(seed) },
  },
);
console.log(status === 0 ? `nothing found, seed ${seed}` : `failed, seed ${seed}`);
process.exitCode = status ?? 1;

/** Every adapter that has a model test. */
function brokers() {
  return readdirSync(`${root}packages`)
    .filter(
      (folder) =>
        folder.startsWith("adapter-") && existsSync(`${root}packages/${folder}/test/conformance.test.ts`),
    )
    .map((folder) => folder.replace("adapter-", ""));
}

/**
 * The tests of the kit, and tests of the adapter's own with a model: `model-*.test.ts`. The kit's test of a broker may
 * stand in a file of its own, beside that of its results.
 * @param {string} broker
 */
function testFilesOf(broker) {
  const folder = `packages/adapter-${broker}/test`;
  return readdirSync(`${root}${folder}`)
    .filter((name) => /^(?:(?:broker-)?conformance|model-.*)\.test\.ts$/.test(name))
    .map((name) => `${folder}/${name}`);
}

function readOptions() {
  const options = /** @type {const} */ ({
    runs: { type: "string" },
    seed: { type: "string" },
    broker: { type: "string", multiple: true },
    help: { type: "boolean" },
  });
  try {
    const parsed = parseArgs({ options, args: process.argv.slice(2) });
    if (parsed.values.help === true) {
      console.log(USAGE);
      process.exit(0);
    }
    return parsed;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {string} option
 * @param {string} text
 * @param {number} least
 */
function wholeNumber(option, text, least) {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value < MAX_SEED) return value;
  return fail(`--${option} must be a whole number from ${least} to ${MAX_SEED - 1}.`);
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(2);
}
