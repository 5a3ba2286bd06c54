import { expect, test } from "vitest";
import type { Mark, Suite } from "./bench-case.ts";
import { judgeMarks } from "./judge-marks.ts";
import type { Measured } from "./measure-suite.ts";

const MEASURED: Measured = {
  ours: { rate: { median: 30, min: 20, max: 40 } },
  theirs: { rate: { median: 10, min: 5, max: 50 } },
};

function judge(limit: Pick<Mark, "atLeast" | "atMost">) {
  const mark: Mark = {
    id: "X1",
    title: "times theirs",
    value: (median) => median("ours", "rate") / median("theirs", "rate"),
    ...limit,
  };
  const suite: Suite = { name: "x", title: "X", cases: [], marks: [mark] };
  return judgeMarks(suite, MEASURED)[0];
}

test("a mark is reached by the ratio of the medians", () => {
  expect(judge({ atLeast: 3 })).toMatchObject({ value: 3, isReached: true });
  expect(judge({ atLeast: 3.1 })).toMatchObject({ isReached: false });
  expect(judge({ atMost: 3 })).toMatchObject({ isReached: true });
  expect(judge({ atMost: 2.9 })).toMatchObject({ isReached: false });
});

test("a mark about something that is not measured is a mistake, not a miss", () => {
  const mark: Mark = { id: "X1", title: "", value: (median) => median("nobody", "rate"), atLeast: 0 };
  const suite: Suite = { name: "x", title: "X", cases: [], marks: [mark] };
  expect(() => judgeMarks(suite, MEASURED)).toThrow('no case "nobody" measures "rate"');
});
