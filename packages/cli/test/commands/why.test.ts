import { describe, expect, it } from "vitest";
import { createProject, hasSaid, outcomeOf } from "../project.ts";

describe("jobs why", () => {
  it("says why a job waits, with its evidence, and nothing of its parameters", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=4711", "b=2", "--id", "j1"]);
    const waiting = await project.jobs(["why", "j1"]);
    expect(waiting.code).toBe(0);
    expect(waiting.stdout).toMatch(
      /^No living worker serves queue "default"\.\n {2}Fix: .*\ncause {5}no_worker\ntask {6}my_task\nqueue {5}default\nevidence\n {2}queue +queue "default" shows the job as ready/,
    );
    expect(waiting.stdout).not.toContain("4711");
    await project.jobs(["queue", "pause", "default"]);
    expect(await project.json(["why", "j1", "--json"])).toMatchObject({
      schema: "jobs.why/1",
      id: "j1",
      cause: "queue_paused",
      summary: expect.stringMatching(/paused by .+@.+, since \d{4}-/),
      evidence: expect.arrayContaining([{ source: "queue", statement: expect.stringContaining("as ready") }]),
    });
  });

  it("says until when a job is delayed, and why it is dead, without secrets or control characters [F61 F62]", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--id", "later", "--in", "1h"]);
    const later = await project.json(["why", "later", "--json"]);
    expect(later).toMatchObject({ cause: "delayed", until: expect.stringMatching(/^\d{4}-.*Z$/) });
    await project.jobs(["enqueue", "failing", "--id", "dies"]);
    await project.jobs(["worker", "--once"]);
    const { stdout } = await project.jobs(["why", "dies"]);
    expect(stdout).toContain("cause     dead");
    expect(stdout).toContain("as asked\\u001b[31m");
  });

  it("says on which worker a job runs [C21]", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "slow", "ms=60000", "--id", "held"]);
    const worker = project.start(["worker", "--log-level", "debug"]);
    const ended = outcomeOf(worker);
    await hasSaid(worker, "job.started");
    // The heartbeat at the begin of its end names the job.
    worker.kill("SIGTERM");
    await expect
      .poll(async () => (await project.json(["why", "held", "--json"])).cause, { timeout: 15_000 })
      .toBe("running");
    expect((await project.jobs(["why", "held"])).stdout).toMatch(/^It runs on \S+:\d+:\w+ for \d+s\./);
    worker.kill("SIGKILL");
    await ended;
  });

  it("says why a queue does not move", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    expect(await project.json(["why", "--queue", "mail", "--json"])).toMatchObject({
      queue: "mail",
      cause: "empty",
    });
    await project.jobs(["enqueue", "send_mail", "to=me"]);
    expect((await project.jobs(["why", "--queue", "mail"])).stdout).toContain("cause     no_worker");
  });

  it("exits 1 for a job that is nowhere, and 2 without or with both of id and queue", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    const { code, stdout } = await project.jobs(["why", "nope"]);
    expect([code, stdout]).toEqual([1, expect.stringContaining("cause     not_found")]);
    expect((await project.jobs(["why"])).code).toBe(2);
    expect((await project.jobs(["why", "j1", "--queue", "mail"])).code).toBe(2);
  });
});
