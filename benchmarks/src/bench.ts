// `npm run bench`: measures suites and their peers. A full run writes the baseline and docs/benchmarks.md with its images.
// Exit code 1 when a mark is not reached, 2 for wrong options.
import { parseArgs } from "node:util";
import type { Suite } from "./harness/bench-case.ts";
import { judgeMarks } from "./harness/judge-marks.ts";
import { describeMachine } from "./harness/machine.ts";
import { measureSuite } from "./harness/measure-suite.ts";
import { readBaseline, toBaseline, writeBaseline } from "./report/baseline.ts";
import { writePage } from "./report/benchmarks-page.ts";
import { formatNumber } from "./report/format-number.ts";
import { assertShown } from "./report/page-parts.ts";
import { suiteSection } from "./report/sections.ts";
import { loadSuite, SUITE_NAMES } from "./suites/load-suite.ts";

const USAGE = `npm run bench -- [SUITE…] [--runs N] [--quick] [--case TEXT] [--stored N] [--accept]
npm run bench -- --page

  SUITE        any of ${SUITE_NAMES.join(", ")} (default: all)
  --runs N     runs of each case (default 5)
  --quick      shows in a minute or two that a suite works, and only prints
  --case TEXT  only the cases with this text in their name, and only prints
  --stored N   how many jobs wait in the suites postgres and sqlite
  --accept     lets the suite budget write figures that are over its limits
  --page       measures nothing, and writes the page anew from the last figures`;

const { values, positionals } = readOptions();
const wantedRuns = Number(values.runs);
if (!Number.isInteger(wantedRuns) || wantedRuns < 1) refuse("--runs must be a whole number, 1 or more.");
// The processes of the cases read it too.
if (values.stored !== undefined) process.env.JOBS_BENCH_STORED = values.stored;

const unknown = positionals.filter((name) => !SUITE_NAMES.includes(name));
if (unknown.length > 0) refuse(`there is no suite "${unknown.join(", ")}" for this Node.`);

if (values.page) writePage(readBaseline);
else
  for (const name of positionals.length > 0 ? positionals : SUITE_NAMES)
    await measure(chosenCases(await loadSuite(name)));

function readOptions() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        runs: { type: "string", default: "5" },
        quick: { type: "boolean", default: false },
        case: { type: "string" },
        stored: { type: "string" },
        page: { type: "boolean", default: false },
        accept: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    return refuse(error);
  }
}

/** Ends the process: says what is wrong with the options, and how they are written. */
function refuse(reason: unknown): never {
  console.error(`${reason instanceof Error ? reason.message : String(reason)}\n\n${USAGE}`);
  process.exit(2);
}

/** The suite with the cases of `--case`. Without all cases its marks cannot be judged. */
function chosenCases(suite: Suite): Suite {
  const { case: text } = values;
  if (text === undefined) return suite;
  return { ...suite, cases: suite.cases.filter(({ name }) => name.includes(text)), marks: [] };
}

async function measure(suite: Suite): Promise<void> {
  const startedAt = performance.now();
  const scale = values.quick ? "quick" : "full";
  const runs = suite.isCounted ? 1 : wantedRuns;
  const result = await measureSuite(suite, {
    runs,
    scale,
    onRun: (round, name, figures) => {
      const shown = Object.entries(figures).map(([figure, value]) => `${figure} ${formatNumber(value)}`);
      console.error(`${suite.name} ${round}/${runs}  ${name}: ${shown.join(", ")}`);
    },
  });
  const judged = judgeMarks(suite, result.measured);
  const date = new Date().toISOString().slice(0, 10);
  const baseline = toBaseline(suite, result, judged, { machine: describeMachine(), runs, date });
  console.log(`## ${suite.title}\n${suiteSection(baseline)}`);
  console.error(`${suite.name} took ${Math.round((performance.now() - startedAt) / 1_000)} s`);
  const isMissed = judged.some(({ isReached }) => !isReached);
  if (isMissed) process.exitCode = 1;
  if (scale === "quick" || values.case !== undefined) return;
  // The next run compares with what is written now.
  if (suite.isCounted && !values.accept && (isMissed || judged.length === 0)) {
    process.exitCode = 1;
    console.error("The budget stays as it is: --accept writes these figures.");
    return;
  }
  writeBaseline(suite.name, baseline);
  writePage(readBaseline);
  assertShown(suite.name, readBaseline);
}
