import type { BenchCase, Mark, Suite } from "../../harness/bench-case.ts";
import { type Baseline, medianOf, readBaseline } from "../../report/baseline.ts";
import { countBytes, countInstructions } from "./count-work.ts";
import { JOB_STAGES, type JobStage } from "./job-stages.ts";

/** How much more than its budget a stage may take. Two runs of the same code differ by a few per cent at most. */
const TOLERANCE = 1.15;

const FIGURES = { instructions: "instructions", allocated: "bytes" } as const;

function stageCase(name: string, { title, jobs }: JobStage): BenchCase {
  return {
    name: title,
    units: FIGURES,
    run: async () => ({ instructions: countInstructions(name, jobs), allocated: countBytes(name, jobs) }),
  };
}

/** The limits of all stages, from the figures that were accepted last. */
export function budgetMarks(accepted: Baseline | undefined): readonly Mark[] {
  return Object.values(JOB_STAGES).flatMap(({ title }) =>
    Object.entries(FIGURES).flatMap(([figure, unit]) => {
      const budget = medianOf(accepted, title, figure);
      if (budget === undefined) return [];
      return {
        id: "P1",
        title: `${title}: ${unit} a job`,
        value: (median) => median(title, figure),
        atMost: Math.round(budget * TOLERANCE),
      } satisfies Mark;
    }),
  );
}

/** Another release of Node compiles in another way, so its counts do not compare. */
function ofThisNode(accepted: Baseline | undefined): Baseline | undefined {
  const [major = ""] = process.versions.node.split(".");
  return accepted?.machine.includes(`Node ${major}.`) ? accepted : undefined;
}

/** What each part of a job's way costs, in counts that are the same on a busy machine. */
export const budgetSuite: Suite = {
  name: "budget",
  title: "The budget of a job",
  cases: Object.entries(JOB_STAGES).map(([name, stage]) => stageCase(name, stage)),
  marks: budgetMarks(ofThisNode(readBaseline("budget"))),
  isCounted: true,
};
