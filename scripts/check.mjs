// All checks before a merge; CI runs nothing else. It prints only failures.
// `--without-tests` is for a look while one works: all checks but the tests, about 40 s.
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runStep } from "./check/run-step.mjs";
import { STEPS, TEST_REPORT, TESTS } from "./check/steps.mjs";
import { readTally } from "./check/test-tally.mjs";

const WITHOUT_TESTS = "--without-tests";
const unknown = process.argv.slice(2).filter((argument) => argument !== WITHOUT_TESTS);
if (unknown.length > 0) {
  console.error(`check does not know ${JSON.stringify(unknown[0])}; it takes ${WITHOUT_TESTS} or nothing.`);
  process.exit(2);
}
const isWithoutTests = process.argv.includes(WITHOUT_TESTS);

const root = fileURLToPath(new URL("..", import.meta.url));
/** @type {string[]} */
const failed = [];

rmSync(`${root}${TEST_REPORT}`, { force: true });
for (const step of isWithoutTests ? STEPS : [...STEPS, TESTS]) {
  const { isOk, seconds, output } = await runStep(step, root);
  console.log(`${isOk ? "ok  " : "FAIL"}  ${step.name.padEnd(22)} ${seconds.toFixed(1).padStart(6)} s`);
  if (!isOk) console.log(output);
  if (!isOk) failed.push(step.name);
  if (!isOk && step.isFoundation) break;
}

const tally = readTally(`${root}${TEST_REPORT}`);
if (!isWithoutTests && tally.passed + tally.failed === 0) failed.push("no test ran");
if (failed.length > 0) console.log(`\ncheck failed: ${[...new Set(failed)].join(", ")}`);
if (!isWithoutTests) console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = failed.length === 0 && tally.failed === 0 ? 0 : 1;
