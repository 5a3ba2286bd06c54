// Runs one case once and prints its figures: `case-process.js SUITE CASE full|quick`.
import type { Scale } from "./harness/bench-case.ts";
import { type CaseResult, FIGURES_PREFIX } from "./harness/run-in-process.ts";
import { notedVersions } from "./harness/versions.ts";
import { loadSuite } from "./suites/load-suite.ts";

const [suiteName = "", caseName = "", scale = "quick"] = process.argv.slice(2);
const suite = await loadSuite(suiteName);
const found = suite.cases.find(({ name }) => name === caseName);
if (found === undefined) throw new RangeError(`suite ${suiteName} has no case "${caseName}".`);
const figures = await found.run(scale as Scale);
const result: CaseResult = { figures, versions: notedVersions() };
process.stdout.write(`${FIGURES_PREFIX}${JSON.stringify(result)}\n`, () => process.exit(0));
