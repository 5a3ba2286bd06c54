import { describe, expect, it } from "vitest";
import { ActiveRuns } from "../src/active-runs.ts";
import { jobAttributes } from "../src/conventions.ts";

const attributes = jobAttributes("memory", "")("default", "work");

/** Two runs of the same job, as when a job comes back after its lease ended. */
function twoRuns() {
  const runs = new ActiveRuns();
  const first = { id: "a", task: "work", queue: "default", attempt: 1 };
  const second = { ...first, attempt: 2 };
  runs.start(first, "worker 1", attributes);
  runs.start(second, "worker 2", attributes);
  return { runs, first, second };
}

describe("active runs", () => {
  it("finds each run of a job, and the latest by its id", () => {
    const { runs, first, second } = twoRuns();
    expect(runs.find(first)?.job).toBe(first);
    expect(runs.find(second)?.job).toBe(second);
    expect(runs.findById("a")?.job).toBe(second);
  });

  it("ends the earlier run before the later one", () => {
    const { runs, first, second } = twoRuns();
    expect(runs.end(first)?.job).toBe(first);
    expect(runs.end(first)).toBeUndefined();
    expect(runs.findById("a")?.job).toBe(second);
    expect(runs.end(second)?.job).toBe(second);
    expect(runs.findById("a")).toBeUndefined();
  });

  it("ends the later run before the earlier one", () => {
    const { runs, first, second } = twoRuns();
    expect(runs.end(second)?.job).toBe(second);
    expect(runs.findById("a")?.job).toBe(first);
    expect(runs.end(second)).toBeUndefined();
    expect(runs.end(first)?.job).toBe(first);
  });

  it("lists the runs of a worker, also those behind a later run of the same job", () => {
    const { runs, first } = twoRuns();
    expect(runs.leftBy("worker 1")).toEqual([first]);
  });
});
