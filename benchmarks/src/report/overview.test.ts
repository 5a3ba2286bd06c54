import { describe, expect, it } from "vitest";
import { readBaseline } from "./baseline.ts";
import { readChart, readPart } from "./benchmarks-page.ts";
import { advantage, COMPARISONS, overview, overviewChart } from "./overview.ts";

const spread = (median: number) => ({ median, min: median, max: median });

describe("the overview of benchmarks.md", () => {
  it("is what the last full runs of all suites say", () => {
    expect(readPart("overview")).toBe(overview(readBaseline));
    expect(readChart()).toBe(overviewChart(readBaseline));
  });

  it("turns times around, so that more is always better", () => {
    const line = COMPARISONS.find(({ isTime }) => isTime);
    if (line === undefined) throw new Error("no line of the overview is about a time");
    const measured = {
      [line.ours]: { [line.figure]: spread(2) },
      [line.theirs]: { [line.figure]: spread(6) },
    };
    expect(advantage(line, { machine: "any", runs: 1, measured })).toBe(3);
  });
});
