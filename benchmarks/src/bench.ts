// `npm run bench -- memory|signature|sqlite|drivers|observers|redis|sqs|dashboard|waiting|cli [--runs 5] [--quick]`: measures suites
// and their peers. A full run writes the baseline and docs/benchmarks.md, a quick one only prints. Exit code 1 when a mark is not
// reached.
import { parseArgs } from "node:util";
import type { Suite } from "./harness/bench-case.ts";
import { judgeMarks } from "./harness/judge-marks.ts";
import { describeMachine } from "./harness/machine.ts";
import { measureSuite } from "./harness/measure-suite.ts";
import { readBaseline, writeBaseline } from "./report/baseline.ts";
import { writeChart, writeToPage } from "./report/benchmarks-page.ts";
import { describeDisturbance } from "./report/describe-disturbance.ts";
import { formatNumber } from "./report/format-number.ts";
import { overview, overviewChart } from "./report/overview.ts";
import { figuresTable, marksTable } from "./report/tables.ts";
import { loadSuite, SUITE_NAMES } from "./suites/load-suite.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "5" },
    quick: { type: "boolean", default: false },
  },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new RangeError("--runs must be a whole number, 1 or more.");

for (const name of positionals.length > 0 ? positionals : SUITE_NAMES) await measure(await loadSuite(name));

async function measure(suite: Suite): Promise<void> {
  const scale = values.quick ? "quick" : "full";
  const { measured, disturbance } = await measureSuite(suite, {
    runs,
    scale,
    onRun: (round, name, figures) => {
      const shown = Object.entries(figures).map(([figure, value]) => `${figure} ${formatNumber(value)}`);
      console.error(`${suite.name} ${round}/${runs}  ${name}: ${shown.join(", ")}`);
    },
  });
  const judged = judgeMarks(suite, measured);
  const machine = describeMachine();
  const about = `Medians of ${runs} runs in turns, each in a process of its own. ${machine}. ${describeDisturbance(disturbance)}`;
  const tables = [...(judged.length === 0 ? [] : [marksTable(judged)]), figuresTable(suite, measured)];
  const section = `\n${[about, ...tables].join("\n\n")}\n\n`;
  console.log(`## ${suite.title}\n${section}`);
  if (judged.some(({ isReached }) => !isReached)) process.exitCode = 1;
  if (scale === "quick") return;
  writeBaseline(suite.name, { machine, runs, measured });
  writeToPage(suite.name, section);
  writeToPage("overview", overview(readBaseline));
  writeChart(overviewChart(readBaseline));
}
