import { readFileSync } from "node:fs";

/**
 * The outcome of a test run, in vitest's own numbers.
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} failed A test file that could not even be loaded counts as one.
 */

/**
 * Reads what vitest's JSON reporter wrote. Without a report it counts no tests.
 * @param {string} file
 * @returns {Tally}
 */
export function readTally(file) {
  try {
    return tallyOf(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return { passed: 0, failed: 0 };
  }
}

/**
 * @param {{ numPassedTests: number, numFailedTests: number, testResults: readonly { status: string, assertionResults: readonly unknown[] }[] }} report
 * @returns {Tally}
 */
export function tallyOf({ numPassedTests, numFailedTests, testResults }) {
  const unloadable = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  return { passed: numPassedTests, failed: numFailedTests + unloadable.length };
}
