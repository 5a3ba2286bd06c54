import { describe, expect, it } from "vitest";
import { type Baseline, readBaseline } from "./baseline.ts";
import { readImage, readPart } from "./benchmarks-page.ts";
import { COMPARISONS, compare } from "./overview.ts";
import { assertShown, pageImages, pageParts } from "./page-parts.ts";
import { peerTable } from "./tables.ts";

const figure = (median: number, unit: "jobs/s" | "ms" = "jobs/s") => ({
  unit,
  median,
  min: median,
  max: median + 1,
});

const baseline = (cases: Baseline["cases"]): Baseline => ({
  machine: "any",
  runs: 5,
  marks: [],
  cases,
});

describe("benchmarks.md", () => {
  it("is what the last full runs of all suites say: npm run bench -- --page", () => {
    for (const [part, section] of Object.entries(pageParts(readBaseline)))
      expect(readPart(part), part).toBe(section);
    for (const [name, image] of Object.entries(pageImages(readBaseline)))
      expect(readImage(name), name).toBe(image);
  });

  it("can be written before anything was measured", () => {
    const parts = pageParts(() => undefined);
    expect(parts.idle).toContain("Not measured yet.");
    expect(parts.decide).toContain("| SQLite |");
  });

  it("says of few runs and of several machines that they do not convince", () => {
    const machines: Record<string, Baseline> = {
      sqlite: { ...baseline([{ name: "jobs, consume at 100", figures: { consume: figure(5) } }]), runs: 1 },
      redis: {
        ...baseline([{ name: "jobs, consume at 100", figures: { consume: figure(6) } }]),
        machine: "other",
      },
    };
    const { decide = "" } = pageParts((suite) => machines[suite]);
    expect(decide).toContain("of 2 machines");
    expect(decide).toContain("sqlite (1)");
    expect(decide).not.toContain("redis (");
  });
});

describe("the table of a broker", () => {
  it("has one column for each contender, with the best of a row in bold", () => {
    const cases = [
      {
        name: "a",
        row: { broker: "X", work: "run", by: "jobs" },
        figures: { rate: figure(3), p50: figure(2, "ms") },
      },
      {
        name: "b",
        row: { broker: "X", work: "run", by: "peer" },
        figures: { rate: figure(4), p50: figure(9, "ms") },
      },
      { name: "c", row: { broker: "X", work: "rest", by: "jobs" }, figures: { rate: figure(1) } },
    ];
    expect(peerTable(cases).split("\n").slice(2)).toEqual([
      "| run | rate, jobs/s | 3 (3 – 4) | **4** (4 – 5) |",
      "| run | p50, ms | **2** (2 – 3) | 9 (9 – 10) |",
      "| rest | rate, jobs/s | 1 (1 – 2) |  |",
    ]);
  });
});

describe("the overview", () => {
  const line = COMPARISONS.find(({ isTime }) => isTime);
  if (line === undefined) throw new Error("no line of the overview is about a time");

  it("turns times around, so that more is always better", () => {
    const measured = baseline([
      { name: line.ours, figures: { [line.figure]: figure(2, "ms") } },
      { name: line.theirs, figures: { [line.figure]: figure(6, "ms") } },
    ]);
    const compared = compare((suite) => (suite === line.suite ? measured : undefined));
    expect(compared.find((one) => one.line === line)?.times).toBe(3);
  });

  it("does not lose a figure whose case was renamed", () => {
    const measured = baseline([{ name: line.ours, figures: { [line.figure]: figure(2) } }]);
    expect(() => assertShown(line.suite, () => measured)).toThrow(`"${line.figure}" of "${line.theirs}"`);
    expect(() => assertShown("idle", () => measured)).toThrow("idle for 5 minutes");
    expect(() => assertShown("cli", () => measured)).not.toThrow();
  });
});
