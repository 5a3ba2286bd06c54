const MINUTE_MS = 60_000;

/**
 * One thing that `npm run check` makes sure of.
 * @typedef {object} Step
 * @property {string} name
 * @property {readonly string[]} command Program and arguments, run from the root of the repository.
 * @property {number} limitMs A step that takes longer is ended and fails.
 * @property {true} [isFoundation] When it fails, no later step runs.
 */

/** Where the test run writes its report. */
export const TEST_REPORT = ".tmp/test-report.json";

const BIN = "node_modules/.bin";
/** Where imports are looked at; what may import what stands in .dependency-cruiser.mjs. */
const CRUISED = ["packages", "examples", "benchmarks", "chaos", "test-servers", "scripts", "site"];
const TSC = ["node", "node_modules/typescript/bin/tsc"];

/**
 * All steps but the tests, the quickest first.
 * @type {readonly Step[]}
 */
export const STEPS = [
  { ...step("set-up and build", "node", "scripts/setup.mjs"), isFoundation: true, limitMs: 5 * MINUTE_MS },
  step("format and lint", `${BIN}/biome`, "ci", "--colors=off", "--error-on-warnings", "."),
  step("types of tests", ...TSC, "-p", "tsconfig.test.json"),
  step("types of scripts", ...TSC, "-p", "scripts/tsconfig.json"),
  step("imports", `${BIN}/depcruise`, ...CRUISED, "--cache", "--cache-strategy", "content"),
  step("dependency rules", "node", "scripts/rules.mjs", "dependencies"),
  step("sizes", "node", "scripts/rules.mjs", "sizes"),
  step("names", "node", "scripts/rules.mjs", "names"),
  step("nothing left behind", "node", "scripts/rules.mjs", "leftovers"),
  step("unused code", `${BIN}/knip`, "--no-progress"),
  step("packages as published", "node", "scripts/publish-check.mjs"),
  { ...step("first steps of a user", "node", "scripts/try-newcomer.mjs"), limitMs: 5 * MINUTE_MS },
  step("generated docs", "node", "scripts/docs.mjs", "--check"),
  step("docs site", "node", "site/node_modules/vitepress/bin/vitepress.js", "build", "site"),
  step("links", "node", "scripts/rules.mjs", "links"),
  step("snippets", "node", "scripts/rules.mjs", "snippets"),
  step("short sentences", "node", "scripts/rules.mjs", "sentences"),
];

/** The whole suite, with the command that the README names. */
export const TESTS = {
  ...step(
    "tests",
    "npm",
    "test",
    "--silent",
    "--",
    "--reporter=dot",
    "--reporter=json",
    `--outputFile.json=${TEST_REPORT}`,
  ),
  limitMs: 13 * MINUTE_MS,
};

/**
 * @param {string} name
 * @param {...string} command
 * @returns {Step}
 */
function step(name, ...command) {
  return { name, command, limitMs: 2 * MINUTE_MS };
}
