import { describe, expect, it } from "vitest";
import { createProject, hasSaid, outcomeOf } from "../project.ts";

const LOGGING_APP = `
import { createApp, defineTask, handle } from "@jobs/core";
const talk = defineTask("talk", { ends: "string" }, { maxAttempts: 2, backoff: 50 });
export default createApp({
  tasks: [talk],
  handlers: [
    handle(talk, ({ ends }, ctx) => {
      ctx.log.info("reads\\u001b[31m", { attempt: ctx.attempt, from: "redis://me:s3cret@host/0" });
      if (ends === "well") return "fine";
      throw new Error("no luck");
    }),
  ],
});
`;

const SECRET_APP = `
import { createApp, defineTask, handle } from "@jobs/core";
const signIn = defineTask("sign_in", { user: "string", password: "string" }, { redact: ["password"], maxAttempts: 1 });
export default createApp({
  tasks: [signIn],
  handlers: [handle(signIn, () => { throw new Error("not today"); })],
});
`;

/** The first job of a list. */
function first({ jobs }: Record<string, unknown>): Record<string, unknown> {
  return (jobs as readonly Record<string, unknown>[])[0] ?? {};
}

describe("jobs show", () => {
  it("shows what each run of a dead job logged, also after its worker has gone [C30]", async () => {
    using project = createProject({ "app.mjs": LOGGING_APP });
    await project.jobs(["enqueue", "talk", "ends=badly", "--id", "b1"]);
    await project.jobs(["worker", "--drain"]);
    for (const command of [
      ["show", "b1"],
      ["dlq", "show", "b1"],
    ]) {
      const { stdout } = await project.jobs(command);
      expect(stdout).toMatch(/^log\n {2}\d{4}-\S+Z #1 info reads\\u001b\[31m \{.*\n {2}\d{4}-\S+Z #2 info /m);
      expect(stdout).not.toContain("s3cret");
    }
    const shown = await project.json(["show", "b1", "--json"]);
    expect(shown).toMatchObject({
      state: "dead",
      log: {
        leftOut: 0,
        lines: [
          { attempt: 1, level: "info" },
          { attempt: 2, fields: { attempt: 2 } },
        ],
      },
    });
  });

  it("shows result and log of a job that is done, as long as results are kept [C30]", async () => {
    using project = createProject({ "app.mjs": LOGGING_APP });
    const env = { JOBS_RESULTS: "sqlite" };
    await project.jobs(["enqueue", "talk", "ends=well", "--id", "w1"]);
    await project.jobs(["worker", "--drain"], { env });
    expect((await project.jobs(["show", "w1"], { env })).stdout).toMatch(
      /^status +succeeded\n(?:.*\n)*value +"fine"\nlog\n {2}\S+ #1 info reads/m,
    );
    expect(await project.json(["show", "w1", "--json"], { env })).toMatchObject({
      schema: "jobs.job/1",
      status: "succeeded",
      log: { lines: [{ message: "reads\u001b[31m" }] },
    });
    expect((await project.jobs(["show", "nope"], { env })).code).toBe(1);
  });

  it("tells at once which worker runs a job, in jobs show, jobs list and jobs peek [C21]", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "slow", "ms=60000", "--id", "held"]);
    const worker = project.start(["worker", "--log-level", "debug"]);
    const ended = outcomeOf(worker);
    await hasSaid(worker, "job.started");
    const shown = await project.json(["show", "held", "--json"]);
    expect(shown.worker).toMatch(new RegExp(`^\\S+:${worker.pid}:\\w+$`));
    const list = await project.jobs(["list", "--state", "leased"]);
    expect(list.stdout).toMatch(new RegExp(`WORKER\\s+held .* ${shown.worker}\\s`));
    const peek = await project.json(["peek", "--state", "leased", "--json"]);
    expect(peek).toMatchObject({ jobs: [{ id: "held", params: { ms: 60_000 }, worker: shown.worker }] });
    worker.kill("SIGKILL");
    await ended;
  });

  it("what a task redacts is shown only when it is asked for by name [W13]", async () => {
    using project = createProject({ "app.mjs": SECRET_APP });
    await project.jobs(["enqueue", "sign_in", "user=ann", "password=s3cret", "--id", "waits"]);
    await project.jobs(["enqueue", "sign_in", "user=ann", "password=s3cret", "--id", "dead"]);
    await project.jobs(["worker", "--max-jobs", "1"]);
    const hidden = { user: "ann", password: "[redacted]" };
    const shown = { user: "ann", password: "s3cret" };
    const dead = (await project.json(["list", "--state", "dead", "--json"])).jobs as { id: string }[];
    const waiting = dead[0]?.id === "dead" ? "waits" : "dead";
    for (const [args, pick] of [
      [["show", waiting, "--json"], (job: Record<string, unknown>) => job],
      [["list", "--json"], first],
      [["dlq", "list", "--json"], first],
      [["dlq", "show", String(dead[0]?.id), "--json"], (job: Record<string, unknown>) => job],
    ] as const) {
      expect(pick(await project.json(args))).not.toHaveProperty("params");
      expect(pick(await project.json([...args, "--params"]))).toMatchObject({ params: hidden });
      expect(pick(await project.json([...args, "--secrets"]))).toMatchObject({ params: shown });
    }
    const exported = await project.json(["dlq", "export"]);
    expect(exported).toMatchObject({ params: hidden });
    expect(await project.json(["dlq", "export", "--secrets"])).toMatchObject({ params: shown });
    expect(await project.jobs(["dlq", "export", "--batch"])).toMatchObject({
      stdout: "",
      stderr: expect.stringContaining("1 left out"),
    });
    expect(await project.json(["dlq", "export", "--batch", "--secrets"])).toMatchObject({ params: shown });
  });

  it("keeps no lines where that is switched off [C30]", async () => {
    using project = createProject({ "app.mjs": LOGGING_APP });
    await project.jobs(["enqueue", "talk", "ends=badly", "--id", "b1"]);
    await project.jobs(["worker", "--drain"], { env: { JOBS_WORKER_JOB_LOG: "off" } });
    expect((await project.jobs(["show", "b1"])).stdout).not.toMatch(/^log/m);
  });
});
