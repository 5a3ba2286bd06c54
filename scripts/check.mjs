// All checks before a merge; CI runs nothing else. It prints only failures.
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runStep } from "./check/run-step.mjs";
import { STEPS, TEST_REPORT, TESTS } from "./check/steps.mjs";
import { readTally } from "./check/test-tally.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
/** @type {string[]} */
const failed = [];

rmSync(`${root}${TEST_REPORT}`, { force: true });
for (const step of [...STEPS, TESTS]) {
  const { isOk, seconds, output } = await runStep(step, root);
  console.log(`${isOk ? "ok  " : "FAIL"}  ${step.name.padEnd(22)} ${seconds.toFixed(1).padStart(6)} s`);
  if (!isOk) console.log(output);
  if (!isOk) failed.push(step.name);
  if (!isOk && step.isFoundation) break;
}

const tally = readTally(`${root}${TEST_REPORT}`);
if (tally.passed + tally.failed === 0) failed.push("no test ran");
if (failed.length > 0) console.log(`\ncheck failed: ${[...new Set(failed)].join(", ")}`);
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = failed.length === 0 && tally.failed === 0 ? 0 : 1;
