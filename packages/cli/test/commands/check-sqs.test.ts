import { join } from "node:path";
import { sqliteHistory } from "@jobs/adapter-sqlite";
import { describe, expect, it } from "vitest";
import { createSqsProject, provision } from "./sqs-project.ts";

/** The release before, whose jobs have one parameter more. */
const OLDER = `import { createApp, defineTask } from "@jobs/core";
export default createApp({ tasks: [defineTask("my_task", { a: "integer", b: "integer?", c: "string?" })] });
`;

const QUEUES = ["--queues", "default"];

describe("jobs check --live on SQS", () => {
  it("refuses to guess without a history, and to receive unasked", async () => {
    await using at = await createSqsProject();
    await provision(at.sqs, "default");
    const { code, stderr } = await at.project.jobs(["check", "--live", ...QUEUES], { env: at.env });
    expect([code, stderr]).toEqual([64, expect.stringContaining("does not show its waiting jobs")]);
    expect(stderr).toContain("--allow-receive");
    expect(at.sqs.requests().byAction.ReceiveMessage).toBeUndefined();
    const counted = await at.project.jobs(["stats", "--signatures", ...QUEUES], { env: at.env });
    expect([counted.code, counted.stderr]).toEqual([64, expect.stringContaining("keeps no signatures")]);
  });

  it("receives and releases with leave, and says the price first", async () => {
    await using at = await createSqsProject({ "older.ts": OLDER });
    await provision(at.sqs, "default");
    const run = { env: at.env };
    await at.project.jobs(["enqueue", "my_task", "a=1", "b=2"], run);
    await at.project.jobs(["enqueue", "my_task", "a=1", "b=2", "c=x", "--app", "older.ts"], run);
    const { code, stdout, stderr } = await at.project.jobs(
      ["check", "--live", "--allow-receive", ...QUEUES],
      run,
    );
    expect(stderr).toContain(
      "default: its ready jobs are received and then released. Every 10 jobs cost two requests, " +
        "workers do not get them meanwhile, and each receive counts as a delivery. " +
        "The queue moves a job to its dead-letter queue after 20 of them.",
    );
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining("default ready my_task: 1 held, /c unexpected"),
    ]);
    expect(stdout).toContain("(default: those that could be received; not all jobs were read)");
    const stats = await at.project.json(["stats", "--json", ...QUEUES], run);
    expect(stats.queues).toMatchObject([{ ready: { n: 2 }, leased: { n: 0 }, dead: { n: 0 } }]);
  });

  it("checks what the history knows, and counts what it does not", async () => {
    await using at = await createSqsProject();
    await provision(at.sqs, "default");
    const file = join(at.project.folder, "history.db");
    const history = sqliteHistory({ file });
    const job = (id: string) => ({ id, task: "my_task", queue: "default" });
    const known = { type: "job.enqueued", at: 1, delayMs: 0, source: "test" } as const;
    await history.write([
      { ...known, job: job("fits"), params: { a: 1, b: 2 }, eventId: "1", seq: 1 },
      { ...known, job: job("lacks"), params: { a: 1 }, eventId: "2", seq: 2 },
      { ...known, job: job("unknown"), eventId: "3", seq: 3 },
    ]);
    await history.close();
    const env = { ...at.env, JOBS_HISTORY: `sqlite:${file}` };
    const { code, stdout } = await at.project.jobs(["check", "--live", ...QUEUES], { env });
    expect(code).toBe(1);
    expect(stdout).toContain("default waiting my_task: 1 held, /b missing; such as lacks");
    expect(stdout).toContain("(default: as the history knows them)");
    expect(stdout).toContain("1 job could not be checked: the history has no parameters of them.");
    expect(stdout).toContain("checked 2 jobs: 1 would be held or dead.");
  });
});
