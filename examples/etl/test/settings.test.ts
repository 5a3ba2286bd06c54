import { describe, expect, it } from "vitest";
import { shareOut } from "../src/run-workers.ts";
import { readSettings, slips } from "../src/settings.ts";
import { fateOf } from "../src/simulate-work.ts";

describe("settings", () => {
  it("PROCESSING_TIME, DELAY_TIME and FAILURE_RATE are maxima in seconds and percent [E8]", () => {
    const env = { PROCESSING_TIME: "5", DELAY_TIME: "0.25", FAILURE_RATE: "25", MAX_ATTEMPTS: "4" };
    expect(readSettings(env)).toMatchObject({
      processingMs: 5_000,
      delayMs: 250,
      failurePercent: 25,
      maxAttempts: 4,
    });
  });

  it("WORKERS is 10 by default, over all processes together [E2]", () => {
    expect(readSettings({}).workers).toBe(10);
    expect(shareOut(10)).toEqual([5, 5]);
    expect(shareOut(7)).toEqual([3, 4]);
    expect(shareOut(1)).toEqual([1]);
  });

  it("takes a variable that is set but empty for absent", () => {
    expect(readSettings({ WORKERS: "" })).toEqual(readSettings({}));
  });

  it.each([
    ["WORKERS", "many"],
    ["WORKERS", "0"],
    ["MAX_ATTEMPTS", "2.5"],
    ["PROCESSING_TIME", "-1"],
    ["DELAY_TIME", "5s"],
    ["FAILURE_RATE", "101"],
    ["SEED", "x"],
    ["LIMIT", "0"],
  ])("refuses %s=%s and names the variable, not its value [E10]", (name, value) => {
    const read = () => readSettings({ [name]: value });
    expect(read).toThrow(expect.objectContaining({ code: "invalid_config" }));
    expect(read).toThrow(new RegExp(`^${name} must be`));
    expect(read).not.toThrow(value === "0" ? "got 0" : `got ${value}`);
  });

  it("MAX_ATTEMPS is taken for the slip that it is [E11]", () => {
    expect(slips({ MAX_ATTEMPS: "2", PATH: "/bin", HOME: "/root", WORKERS: "3" })).toEqual([
      "MAX_ATTEMPS is not a variable of this example. Did you mean MAX_ATTEMPTS?",
    ]);
  });
});

describe("the fate of a run", () => {
  const settings = readSettings({ PROCESSING_TIME: "2", FAILURE_RATE: "25" });
  const runs = Array.from({ length: 4_000 }, (_, index) => ({
    id: `film-${index % 1_000}`,
    attempt: 1 + (index % 4),
  }));

  it("stays below the maximum and fails about as often as asked [E8]", () => {
    const fates = runs.map((run) => fateOf(settings, run));
    expect(Math.max(...fates.map((fate) => fate.durationMs))).toBeLessThan(2_000);
    const failures = fates.filter((fate) => fate.isFailure).length;
    expect(failures / runs.length).toBeGreaterThan(0.2);
    expect(failures / runs.length).toBeLessThan(0.3);
  });

  it("is the same for the same seed and another for another [E12]", () => {
    const fates = runs.map((run) => fateOf(settings, run));
    expect(runs.map((run) => fateOf(settings, run))).toEqual(fates);
    expect(runs.map((run) => fateOf({ ...settings, seed: 2 }, run))).not.toEqual(fates);
  });

  it.each([
    [0, false],
    [100, true],
  ])("at %s percent every run fails: %s [E8]", (failurePercent, isFailure) => {
    const fates = runs.map((run) => fateOf({ ...settings, failurePercent }, run).isFailure);
    expect(new Set(fates)).toEqual(new Set([isFailure]));
  });
});
