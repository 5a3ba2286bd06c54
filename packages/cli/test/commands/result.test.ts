import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

const SQLITE = { env: { JOBS_RESULTS: "sqlite" } };

describe("results on the command line", () => {
  it("jobs result shows what became of a job, by the store beside the queue", async () => {
    using project = createProject();
    const { id } = await project.json(["enqueue", "my_task", "a=1", "b=2", "--json"], SQLITE);
    const early = await project.jobs(["result", String(id)], SQLITE);
    expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining("no result of job") });
    await project.jobs(["worker", "--drain"], SQLITE);
    const human = await project.jobs(["result", String(id)], SQLITE);
    expect(human).toMatchObject({ code: 0, stderr: "" });
    expect(human.stdout).toMatch(/^task {8}my_task$/m);
    expect(human.stdout).toMatch(/^value {7}3$/m);
    expect(await project.json(["result", String(id), "--json"], SQLITE)).toEqual({
      schema: "jobs.result/1",
      id,
      task: "my_task",
      queue: "default",
      status: "succeeded",
      attempt: 1,
      enqueuedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      finishedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      value: 3,
    });
  });

  it("a job that has died is exit 1 with its error", async () => {
    using project = createProject();
    const { id } = await project.json(["enqueue", "failing", "--json"], SQLITE);
    await project.jobs(["worker", "--drain"], SQLITE);
    const human = await project.jobs(["result", String(id)], SQLITE);
    expect(human).toMatchObject({ code: 1, stdout: "" });
    expect(human.stderr).toMatch(/is dead: Error: as asked/);
    const json = await project.jobs(["result", String(id), "--json"], SQLITE);
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: { code: "job_failed", result: { id, status: "dead", error: { name: "Error" } } },
    });
  });

  it("--wait ends in time with exit 75 [T20]", async () => {
    using project = createProject();
    const waited = await project.jobs(["result", "nobody", "--wait", "200ms", "--json"], SQLITE);
    expect(waited.code).toBe(75);
    expect(JSON.parse(waited.stdout)).toMatchObject({ error: { code: "timed_out", id: "nobody" } });
  });

  it("jobs enqueue --wait brings the result; exit 1 when the job dies, 75 when the time is up", async () => {
    using project = createProject();
    const alone = await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--wait", "200ms"], SQLITE);
    expect(alone).toMatchObject({ code: 75, stderr: expect.stringContaining("no result of job") });
    const worker = project.start(["worker"], SQLITE);
    const good = await project.json(["enqueue", "my_task", "a=1", "b=2", "--wait", "30s", "--json"], SQLITE);
    expect(good).toMatchObject({ task: "my_task", result: { status: "succeeded", value: 3 } });
    const bad = await project.jobs(["enqueue", "failing", "--wait", "30s"], SQLITE);
    expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining("is dead: Error: as asked") });
    worker.kill("SIGTERM");
    await once(worker, "close");
  });

  it("enqueue --id --wait brings the new job's result, never that of an earlier job of the id", async () => {
    using project = createProject();
    const sent = (a: number, wait: string) =>
      project.jobs(
        ["enqueue", "my_task", `a=${a}`, "b=2", "--id", "order-17", "--wait", wait, "--json"],
        SQLITE,
      );
    expect((await sent(1, "1ms")).code).toBe(75);
    await project.jobs(["worker", "--drain"], SQLITE);
    expect((await sent(10, "300ms")).code).toBe(75);
    // It is stored already: the wait is for the stored job.
    expect((await sent(11, "300ms")).code).toBe(75);
    expect(await project.json(["result", "order-17", "--json"], SQLITE)).toMatchObject({ value: 3 });
    const worker = project.start(["worker"], SQLITE);
    const again = await sent(20, "30s");
    worker.kill();
    await once(worker, "close");
    expect([12, 22]).toContain(JSON.parse(again.stdout).result.value);
  });

  it("a flow that cannot go on ends the wait for its last job, with the step that is dead", async () => {
    using project = createProject();
    const { id, lastId } = await project.json(
      ["enqueue", "failing", "--then", "my_task a=1 b=2", "--json"],
      SQLITE,
    );
    await project.jobs(["worker", "--drain"], SQLITE);
    const waited = await project.jobs(["result", String(lastId), "--wait", "30s"], SQLITE);
    expect(waited.code).toBe(1);
    expect(waited.stderr).toContain(
      `was not sent: FlowStopped: step failing (job ${id}) of the flow is dead`,
    );
    expect(waited.stderr).toContain(`jobs dlq retry ${id}`);
  });

  it("a wait for results that nobody keeps is refused before anything is sent", async () => {
    using project = createProject();
    const refused = await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--wait", "1s"]);
    expect(refused).toMatchObject({ code: 78, stderr: expect.stringContaining("--results") });
    expect(await project.json(["stats", "--queues", "default", "--json"])).toMatchObject({
      queues: [{ ready: { n: 0 } }],
    });
  });

  it("passwords of a store's URL are masked, and a wrong one is not quoted", async () => {
    using project = createProject();
    const args = ["--results", "postgres://me:s3cret@db/x"];
    const shown = await project.jobs(["config", ...args]);
    expect(shown.stdout).toContain("postgres://***@db/x");
    expect(shown.stdout).not.toContain("s3cret");
    const wrong = await project.jobs(["result", "x", "--results", "pg://me:s3cret@db/x"]);
    expect(wrong).toMatchObject({
      code: 78,
      stderr: expect.stringContaining("no result store of that name"),
    });
    expect(wrong.stderr).not.toContain("s3cret");
  });

  it("a URL with fields that are not set names them [T4]", async () => {
    using project = createProject();
    const refused = await project.jobs(["result", "x", "--results", "postgres"], {
      env: { RESULT_DB_PASS: "s3cret" },
    });
    expect(refused.code).toBe(78);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as people write it
    expect(refused.stderr).toContain("unable to render the url: ${USER}, ${NAME} is not set");
    expect(refused.stderr).not.toContain("s3cret");
  });
});
