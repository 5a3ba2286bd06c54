import { existsSync } from "node:fs";
import { join } from "node:path";
import { hasPostgres, hasRedis, startPostgresServer, startRedisServer } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { createProject, outcomeOf, type TestProject } from "../project.ts";

type Json = Readonly<Record<string, unknown>>;

/** Two jobs that succeed, one of them with tags, and one that dies. */
async function work(project: TestProject, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const mine = ["enqueue", "my_task", "a=1", "b=2", "--id", "m1", "--tag", "customer:7", "--tag", "import"];
  for (const args of [
    mine,
    ["enqueue", "send_mail", "to=x", "--id", "s1"],
    ["enqueue", "failing", "--id", "f1"],
  ]) {
    expect(await project.jobs(args, { env })).toMatchObject({ code: 0 });
  }
  expect(await project.jobs(["worker", "--drain"], { env })).toMatchObject({ code: 0 });
}

async function listed(project: TestProject, args: readonly string[], env = {}): Promise<readonly Json[]> {
  const { schema, jobs } = await project.json(["list", ...args, "--json"], { env });
  expect(schema).toBe("jobs.history/1");
  return jobs as readonly Json[];
}

const idsOf = (jobs: readonly Json[]) => jobs.map(({ id }) => id).sort();

/** What the commands must show of {@link work}, whatever keeps the history. */
async function provesHistory(project: TestProject, env: Readonly<Record<string, string>>): Promise<void> {
  await work(project, env);
  expect(idsOf(await listed(project, ["--state", "succeeded", "--since", "1h"], env))).toEqual(["m1", "s1"]);
  expect(idsOf(await listed(project, ["--task", "my_task", "--state", "succeeded"], env))).toEqual(["m1"]);
  expect(idsOf(await listed(project, ["--tag", "import"], env))).toEqual(["m1"]);
  expect(idsOf(await listed(project, ["--since", "1h", "--queue", "mail"], env))).toEqual(["s1"]);
  const [dead] = await listed(project, ["--state", "dead", "--since", "1h"], env);
  expect(dead).toMatchObject({ id: "f1", deadReason: "exhausted", attempt: 1 });
  const shown = await project.json(["show", "m1", "--json"], { env });
  expect(shown).toMatchObject({ schema: "jobs.job/1", state: "succeeded", tags: ["customer:7", "import"] });
  const types = (shown.timeline as readonly Json[]).map(({ type }) => type);
  expect(types).toEqual(["job.enqueued", "job.started", "job.succeeded"]);
}

describe("the history in the command", () => {
  it("lists and shows finished jobs where nothing is configured", async () => {
    using project = createProject();
    await provesHistory(project, {});
    const { stdout } = await project.jobs(["list", "--tag", "customer:7"]);
    expect(stdout).toMatch(/^ID +TASK +QUEUE +STATE/i);
    expect(stdout).toMatch(/m1 +my_task +default +succeeded +1 .*customer:7 import/);
    const shown = await project.jobs(["show", "m1"]);
    expect(shown.stdout).toMatch(/^state +succeeded$/m);
    expect(shown.stdout).toMatch(/^timeline\n {2}\S+Z job\.enqueued\n {2}\S+Z job\.started #1\n/m);
    const dead = await project.jobs(["show", "f1"]);
    expect(dead.stdout).toMatch(/^ {2}\S+Z job\.dead #1 \(exhausted\) Error: as asked\\u001b\[31m$/m);
  });

  it("pages from the latest to the oldest, and refuses a cursor that it does not know", async () => {
    using project = createProject();
    await work(project);
    const seen: unknown[] = [];
    let more: readonly string[] = [];
    do {
      const page = await project.json(["list", "--since", "1h", "--limit", "1", ...more, "--json"]);
      seen.push(...(page.jobs as readonly Json[]).map(({ id }) => id));
      more = page.nextCursor === undefined ? [] : ["--cursor", String(page.nextCursor)];
    } while (more.length > 0);
    expect([...seen].sort()).toEqual(["f1", "m1", "s1"]);
    const odd = await project.jobs(["list", "--task", "my_task", "--cursor", "odd"]);
    expect(odd).toMatchObject({ code: 2, stderr: expect.stringContaining("--cursor cannot be used") });
  });

  it("shows the parameters of a finished job only on request, and never redacted ones [F62]", async () => {
    using project = createProject({
      "app.mjs": `
import { createApp, defineTask, handle } from "@jobs/core";
const signIn = defineTask("sign_in", { user: "string", password: "string" },
  { redact: ["password"], monitorParams: true });
export default createApp({ tasks: [signIn], handlers: [handle(signIn, () => {})] });
`,
    });
    await project.jobs(["enqueue", "sign_in", "user=me", "password=s3cret", "--id", "j1"]);
    await project.jobs(["worker", "--drain"]);
    const [plain, asked] = [
      await project.jobs(["show", "j1"]),
      await project.jobs(["show", "j1", "--params"]),
    ];
    expect(plain.stdout).toContain("succeeded");
    expect(plain.stdout).not.toContain('"me"');
    expect(asked.stdout).toContain('"user":"me"');
    const all = await project.jobs(["list", "--task", "sign_in", "--secrets"]);
    expect(all.stdout).toContain('"user":"me"');
    expect(`${asked.stdout}${all.stdout}`).not.toContain("s3cret");
  });

  it("without a history it says so, and what a queue keeps is listed as before", async () => {
    using project = createProject();
    const env = { JOBS_HISTORY: "off" };
    await work(project, env);
    const finished = await project.jobs(["list", "--state", "succeeded"], { env });
    expect(finished).toMatchObject({ code: 78, stderr: expect.stringContaining("no history is named") });
    expect((await project.jobs(["show", "m1"], { env })).code).toBe(1);
    expect(await project.json(["list", "--state", "dead", "--json"], { env })).toMatchObject({
      schema: "jobs.list/1",
      jobs: [{ id: "f1", state: "dead" }],
    });
    const since = await project.jobs(["events", "--since", "1h"], { env });
    expect(since).toMatchObject({ code: 2, stderr: expect.stringContaining("--since needs a history") });
  });

  it("reads a history that does not exist without making one", async () => {
    using project = createProject();
    for (const args of [["list", "--task", "my_task"], ["events"], ["events", "--since", "1h"]]) {
      const { code, stdout, stderr } = await project.jobs(args);
      expect({ code, args }).toEqual({ code: 0, args });
      expect(stdout.replace("none\n", "")).toBe("");
      expect(stderr).toContain("jobs.db does not exist");
    }
    expect(existsSync(join(project.folder, ".jobs"))).toBe(false);
  });

  it("refuses a filter of the history for a state that only a queue has", async () => {
    using project = createProject();
    const { code, stderr } = await project.jobs(["list", "--state", "ready", "--task", "my_task"]);
    expect(code).toBe(2);
    expect(stderr).toContain("--task is about the history");
  });

  it("gives tags to all jobs of a chain, and refuses too many and empty ones", async () => {
    using project = createProject();
    const chain = ["enqueue", "my_task", "a=1", "b=2", "--then", "legacy file=x", "--tag", "t"];
    expect(await project.jobs(chain)).toMatchObject({ code: 0 });
    await project.jobs(["worker", "--drain"]);
    const jobs = await listed(project, ["--tag", "t"]);
    expect(jobs.map(({ task }) => task).sort()).toEqual(["legacy", "my_task"]);
    expect(await listed(project, ["--flow", String(jobs[0]?.flow)])).toHaveLength(2);
    const many = Array.from({ length: 11 }, (_, index) => ["--tag", `t${index}`]).flat();
    for (const tags of [many, ["--tag", ""], ["--tag", "x".repeat(101)]]) {
      const refused = await project.jobs(["enqueue", "failing", ...tags]);
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/^--tag:? must be/) });
    }
    const lines = `${JSON.stringify({ task: "failing", tags: ["of-a-line"] })}\n{"task":"failing","tags":"x"}\n`;
    const batch = await project.jobs(["enqueue", "--batch", "-"], { input: lines });
    expect(batch).toMatchObject({ code: 65, stderr: expect.stringContaining("tags must be a list") });
    expect(await listed(project, ["--tag", "of-a-line"])).toHaveLength(1);
  });
});

describe("jobs events beside jobs monitor", () => {
  it("observes the history, so that the monitor still gets every event", async () => {
    using project = createProject();
    const env = { JOBS_MONITOR: "monitor" };
    await work(project, env);
    const observe = async (...more: readonly string[]) => {
      const { stdout, stderr } = await project.jobs(["events", "--json", ...more], { env });
      expect(stderr).toBe("");
      return stdout
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as Json).eventId);
    };
    const seen = await observe();
    expect(await observe("--since", "1h")).toEqual(seen);
    const to = `sqlite:${join(project.folder, "monitor.db")}`;
    await project.jobs(["monitor", "--to", to, "--drain"], { env });
    const copy = { JOBS_HISTORY: to };
    expect(idsOf(await listed(project, ["--since", "1h"], copy))).toEqual(["f1", "m1", "s1"]);
    expect((await observe()).slice(0, seen.length)).toEqual(seen);
  });

  it("says that it takes the events where there is no history", async () => {
    using project = createProject();
    const env = { JOBS_MONITOR: "monitor", JOBS_HISTORY: "off" };
    await work(project, env);
    const taken = await project.jobs(["events"], { env });
    expect(taken.stderr).toContain("no history is named, so each event is taken from the monitor's queue");
    expect(taken.stdout).toContain("job.succeeded");
    expect((await project.jobs(["events"], { env })).stdout).not.toContain("job.succeeded");
  });

  it("-f prints what happens from now on, and ends at a signal with 0", async () => {
    using project = createProject();
    await work(project);
    const following = project.start(["events", "-f", "--json", "--since", "1h"]);
    const outcome = outcomeOf(following);
    const seen = new Promise<void>((resolve) => {
      let text = "";
      following.stdout?.on("data", (chunk) => {
        text += chunk;
        if (text.includes('"later"')) resolve();
      });
    });
    await project.jobs(["enqueue", "failing", "--id", "later"]);
    await seen;
    following.kill("SIGTERM");
    const { code, stdout } = await outcome;
    expect(code).toBe(0);
    expect(stdout).toContain('"m1"');
  });
});

describe.runIf(await hasRedis({ isOwn: true }))("a history on Redis", () => {
  it("answers the same as one in SQLite", async () => {
    await using redis = await startRedisServer({ appendonly: false });
    using project = createProject();
    await provesHistory(project, { JOBS_BROKER: redis.url, JOBS_HISTORY: redis.url });
    const events = await project.jobs(["events"], {
      env: { JOBS_BROKER: redis.url, JOBS_HISTORY: redis.url },
    });
    expect(events).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("job.dead") });
  });
});

describe.runIf(await hasPostgres())("a history in Postgres", () => {
  it("answers the same as one in SQLite", async () => {
    await using postgres = await startPostgresServer();
    using project = createProject();
    await provesHistory(project, { JOBS_HISTORY: postgres.url });
  });
});
