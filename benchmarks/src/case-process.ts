// Runs one case once and prints its figures: `case-process.js SUITE CASE full|quick`.
import type { Scale } from "./harness/bench-case.ts";
import { FIGURES_PREFIX } from "./harness/run-in-process.ts";
import { loadSuite } from "./suites/load-suite.ts";

const [suiteName = "", caseName = "", scale = "quick"] = process.argv.slice(2);
const suite = await loadSuite(suiteName);
const found = suite.cases.find(({ name }) => name === caseName);
if (found === undefined) throw new RangeError(`suite ${suiteName} has no case "${caseName}".`);
const figures = await found.run(scale as Scale);
process.stdout.write(`${FIGURES_PREFIX}${JSON.stringify(figures)}\n`, () => process.exit(0));
