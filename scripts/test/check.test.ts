import { describe, expect, it } from "vitest";
import { runStep } from "../check/run-step.mjs";
import { readTally, tallyOf } from "../check/test-tally.mjs";

const step = (script: string, limitMs = 10_000) => ({
  name: "step",
  command: ["node", "-e", script],
  limitMs,
});

describe("a step", () => {
  it("is ok with exit code 0 and keeps what it printed", async () => {
    const result = await runStep(step("console.log('out'); console.error('err')"), ".");
    expect(result).toMatchObject({ isOk: true, output: expect.stringContaining("out") });
    expect(result.output).toContain("err");
  });

  it("fails with any other exit code, and where its program is missing", async () => {
    expect(await runStep(step("process.exit(3)"), ".")).toMatchObject({ isOk: false });
    expect(await runStep({ ...step(""), command: ["no-such-program"] }, ".")).toMatchObject({ isOk: false });
  });

  it("that hangs is ended with everything it started", async () => {
    const hang =
      "require('node:child_process').spawn('sleep', ['60'], { stdio: 'inherit' }); setInterval(() => {}, 1000)";
    const result = await runStep(step(hang, 300), ".");
    expect(result).toMatchObject({ isOk: false, output: expect.stringContaining("its limit") });
  });
});

describe("the command", () => {
  it("refuses an argument that it does not know, and runs nothing", async () => {
    const result = await runStep({ ...step(""), command: ["node", "scripts/check.mjs", "--no-test"] }, ".");
    expect(result).toEqual({
      isOk: false,
      output: 'check does not know "--no-test"; it takes --without-tests or nothing.\n',
      seconds: expect.any(Number),
    });
  });
});

describe("the tally", () => {
  it("is what vitest counted", () => {
    const testResults = [{ status: "failed", assertionResults: [{}] }];
    expect(tallyOf({ numPassedTests: 7, numFailedTests: 1, testResults })).toEqual({ passed: 7, failed: 1 });
  });

  it("counts a test file that could not be loaded as failed", () => {
    const testResults = [{ status: "failed", assertionResults: [] }];
    expect(tallyOf({ numPassedTests: 7, numFailedTests: 0, testResults })).toEqual({ passed: 7, failed: 1 });
  });

  it("is nothing where no test ran", () => {
    expect(readTally("no-such-report.json")).toEqual({ passed: 0, failed: 0 });
  });
});
