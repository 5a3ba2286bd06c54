import { describe, expect, it } from "vitest";
import { createSqsProject, provision } from "./sqs-project.ts";

const LOCAL = ["--results", "sqlite:results.db"];

describe("a result store that other machines do not see, on SQS", () => {
  it("queue pause, cancel and workers are refused with both named, as nobody would hear them", async () => {
    await using at = await createSqsProject();
    for (const name of ["default", "mail"]) await provision(at.sqs, name);
    for (const command of [["queue", "pause", "default"], ["cancel", "a-job"], ["workers"]]) {
      for (const results of [["--results", "memory"], LOCAL]) {
        const { code, stdout, stderr } = await at.project.jobs([...command, ...results], { env: at.env });
        expect({ code, stdout, stderr }).toMatchObject({ code: 64, stdout: "" });
        expect(stderr).toMatch(/results are kept in (memory|sqlite), which only this (process|machine) sees/);
        expect(stderr).toContain("redis or postgres");
      }
    }
  });

  it("doctor fails, until it is written down that all of the app is on this machine", async () => {
    await using at = await createSqsProject();
    await provision(at.sqs, "default");
    const doctor = ["doctor", "--queues", "default", ...LOCAL];
    const failed = await at.project.jobs(doctor, { env: at.env });
    expect(failed).toMatchObject({ code: 1 });
    expect(failed.stdout).toMatch(
      /^results\n {2}FAIL {2}results are kept in sqlite.*\n.*Fix: .*allowLocalResults: true/,
    );
    const report = JSON.parse((await at.project.jobs([...doctor, "--json"], { env: at.env })).stdout);
    expect(report).toMatchObject({ isWell: false, results: [{ check: "results_reach", status: "failed" }] });
    const env = { ...at.env, JOBS_ALLOW_LOCAL_RESULTS: "true" };
    expect((await at.project.jobs(doctor, { env })).stdout).not.toContain("FAIL  results");
    const pause = ["queue", "pause", "default", ...LOCAL];
    expect(await at.project.jobs(pause, { env })).toMatchObject({ code: 0, stdout: "paused: default\n" });
    at.project.write(
      "jobs.config.mjs",
      `export default { app: "./app.mjs", allowLocalResults: true, results: "sqlite:results.db" };`,
    );
    expect(await at.project.jobs(["queue", "resume", "default"], { env: at.env })).toMatchObject({ code: 0 });
  });
});
