import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

describe("jobs enqueue", () => {
  it("stores a job and prints exactly id, task, queue, broker and status", async () => {
    using project = createProject();
    const human = await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    expect(human).toMatchObject({ code: 0, stderr: "" });
    expect(human.stdout).toMatch(/^queued my_task [0-9a-f-]{36} on default \(sqlite\)\n$/);
    const job = await project.json(["enqueue", "send_mail", "to=01234", "tags[]=x", "vip=true", "--json"]);
    const sent = { task: "send_mail", queue: "mail", broker: "sqlite", status: "enqueued" };
    expect(job).toEqual({ id: expect.any(String), ...sent });
    const { jobs } = await project.json(["list", "--queue", "mail", "--params", "--json"]);
    expect(jobs).toMatchObject([{ id: job.id, params: { to: "01234", tags: ["x"], vip: true } }]);
  });

  it("names every fault of the parameters with exit 65, and sends nothing", async () => {
    using project = createProject();
    const human = await project.jobs(["enqueue", "my_task", "a=1", "c=2"]);
    expect(human).toMatchObject({ code: 65, stdout: "" });
    expect(human.stderr).toMatch(/missing b.*unexpected c/);
    expect(human.stderr).not.toContain("    at ");
    const json = await project.jobs(["enqueue", "my_task", "a=x", "b=2", "--json"]);
    expect(json).toMatchObject({ code: 65, stderr: "" });
    const issue = { path: "/a", expected: "number", got: "string" };
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: { code: "signature_mismatch", task: "my_task", issues: [issue] },
    });
    const unknown = await project.jobs(["enqueue", "my_tsk"]);
    expect(unknown).toMatchObject({ code: 65, stderr: expect.stringContaining('Did you mean "my_task"?') });
    expect(await project.json(["stats", "--queues", "default", "--json"])).toMatchObject({
      queues: [{ ready: { n: 0 } }],
    });
  });

  it.each(["2027-02-30T09:00Z", "2027-01-01T24:00Z", "2027-01-01T09:00", "2027-01-01"])(
    "--at %s is no moment: it is refused, not moved to another day",
    async (at) => {
      using project = createProject();
      const { code, stdout, stderr } = await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--at", at]);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toContain("must be a moment such as 2026-11-22T08:00Z");
      expect(stderr).toContain("Z or an offset");
    },
  );

  it("takes delay, id, priority and queue, and tells a repeated id", async () => {
    using project = createProject();
    const args = [
      "enqueue",
      "my_task",
      "a=1",
      "b=2",
      "--id",
      "x1",
      "--in",
      "1h",
      "--priority",
      "5",
      "--queue",
      "q",
    ];
    await project.jobs(args);
    const again = await project.jobs(args);
    expect(again.stdout).toBe("nothing sent: a job x1 is stored on q (sqlite) already\n");
    const { jobs } = await project.json(["list", "--queue", "q", "--state", "delayed", "--json"]);
    expect(jobs).toMatchObject([{ id: "x1", priority: 5, state: "delayed" }]);
  });

  it("an id that a job of another task has is told as what it is, and sends nothing", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--id", "d1"]);
    const other = ["enqueue", "legacy", "file=x", "--id", "d1"];
    expect(await project.json([...other, "--json"])).toMatchObject({ id: "d1", status: "duplicate" });
    writeFileSync(join(project.folder, "one.ndjson"), '{"task":"legacy","params":{"file":"x"},"id":"d1"}\n');
    const batch = await project.json(["enqueue", "--batch", "one.ndjson", "--json"]);
    expect(batch).toEqual({ accepted: 0, duplicates: 1, refused: [] });
    expect(await project.json(["list", "--json"])).toMatchObject({ jobs: [{ id: "d1", task: "my_task" }] });
  });

  it("--dry-run checks and sends nothing", async () => {
    using project = createProject();
    const good = await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--dry-run"]);
    expect(good).toMatchObject({ code: 0, stdout: "would queue my_task on default\n" });
    expect((await project.jobs(["enqueue", "my_task", "a=1", "--dry-run"])).code).toBe(65);
    expect(await project.json(["stats", "--queues", "default", "--json"])).toMatchObject({
      queues: [{ ready: { n: 0 } }],
    });
  });

  it("--untyped sends without loading any contract", async () => {
    using project = createProject({ "app.mjs": "throw new Error('must not be loaded');" });
    const args = ["enqueue", "anything", "a=1", "--untyped", "--queue", "q", "--json"];
    expect(await project.json(args)).toMatchObject({ task: "anything", queue: "q" });
  });

  it("reads one value from stdin, and a missing task never", async () => {
    using project = createProject();
    const job = await project.jobs(["enqueue", "legacy", "file=@-"], { input: "text\n" });
    expect(job.code).toBe(0);
    const none = await project.jobs(["enqueue"], { input: "my_task\n" });
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining("the task is missing.") });
  });
});

describe("jobs enqueue --batch", { timeout: 120_000 }, () => {
  const good = '{"task":"my_task","params":{"a":1,"b":2}}';

  it("sends good lines, refuses bad ones by number, exits 65", async () => {
    using project = createProject();
    project.write(
      "jobs.ndjson",
      [good, "", "nonsense", '{"task":"my_task","params":{"a":1}}', good].join("\n"),
    );
    const batch = await project.jobs(["enqueue", "--batch", "jobs.ndjson", "--json"]);
    expect(batch.code).toBe(65);
    const refused = [
      { line: 3, code: "malformed_line" },
      { line: 4, code: "signature_mismatch", message: expect.stringContaining("missing b") },
    ];
    expect(JSON.parse(batch.stdout)).toMatchObject({ accepted: 2, refused });
    expect(await project.json(["stats", "--json"])).toMatchObject({ queues: [{ ready: { n: 2 } }, {}] });
    const human = await project.jobs(["enqueue", "--batch", "-"], { input: `${good}\n{}\n` });
    expect(human.stdout).toBe("queued 1 job, refused 1 line\n");
    expect(human.stderr).toContain("line 2: malformed_line: task is missing.");
  });

  it("takes 50,000 lines in little memory", async () => {
    using project = createProject();
    writeFileSync(join(project.folder, "many.ndjson"), `${good}\n`.repeat(50_000));
    const env = { NODE_OPTIONS: "--max-old-space-size=64" };
    const batch = await project.jobs(["enqueue", "--batch", "many.ndjson", "--json"], { env });
    expect(batch).toMatchObject({ code: 0, stdout: '{"accepted":50000,"duplicates":0,"refused":[]}\n' });
  });

  it("says so when the file cannot be read", async () => {
    using project = createProject();
    const batch = await project.jobs(["enqueue", "--batch", "missing.ndjson"]);
    expect(batch).toMatchObject({ code: 65, stderr: expect.stringContaining("ENOENT") });
  });
});
