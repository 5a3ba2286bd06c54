import { expect, it } from "vitest";
import { judgeMarks } from "../../harness/judge-marks.ts";
import type { Measured } from "../../harness/measure-suite.ts";
import { toBaseline } from "../../report/baseline.ts";
import { budgetMarks, budgetSuite } from "./budget-suite.ts";
import { JOB_STAGES } from "./job-stages.ts";

const spread = (median: number) => ({ median, min: median, max: median });

function measuredAs(factor: number): Measured {
  const figures = { instructions: spread(1_000 * factor), allocated: spread(200 * factor) };
  return Object.fromEntries(Object.values(JOB_STAGES).map(({ title }) => [title, figures]));
}

it("fails for a stage that takes 15 % more than its budget, and not for less", () => {
  const about = { machine: "any", runs: 1, date: "2026-11-30" };
  const result = { measured: measuredAs(1), disturbance: { discarded: 0, worst: 0 }, versions: {} };
  const marks = budgetMarks(toBaseline(budgetSuite, result, [], about));
  const missed = (factor: number) =>
    judgeMarks({ ...budgetSuite, marks }, measuredAs(factor)).filter(({ isReached }) => !isReached);
  expect(marks).toHaveLength(2 * Object.keys(JOB_STAGES).length);
  expect(missed(1.14)).toEqual([]);
  expect(missed(1.16)).toHaveLength(marks.length);
});

it.each(Object.keys(JOB_STAGES))("takes jobs through the stage %s", async (name) => {
  const run = JOB_STAGES[name]?.prepare();
  await run?.(1_000);
  await run?.(1_000);
});
