import { expect, it } from "vitest";
import { brokerChart } from "./broker-chart.ts";

const figure = (median: number, unit: "jobs/s" | "ms") => ({ unit, median, min: median, max: median });
const measured = (by: string, rate: number, ms: number) => ({
  name: by,
  row: { broker: "X", work: "run at 1", by },
  figures: { consume: figure(rate, "jobs/s"), "start p50": figure(ms, "ms"), "start p99": figure(9, "ms") },
});
const rects = (image: string) =>
  [...image.matchAll(/<rect class="(\w+)" [^>]*width="([\d.]+)"/g)].map(([, kind, width]) => [
    kind,
    Number(width),
  ]);

it("draws each contender to the scale of its diagram, and only what a reader decides by", () => {
  const image = brokerChart("X", [measured("jobs", 100, 4), measured("peer", 50, 1)], ["a machine"]);
  expect(rects(image)).toEqual([
    ["ours", 130],
    ["theirs", 65],
    ["ours", 130],
    ["theirs", 32.5],
  ]);
  expect(image).toContain("run at 1: start p50, ms, less is better");
  expect(image).not.toContain("p99");
  expect(image).toContain(">a machine</text>");
});

it("leaves out what only one contender was measured for", () => {
  expect(rects(brokerChart("X", [measured("jobs", 100, 4)], []))).toEqual([]);
});
