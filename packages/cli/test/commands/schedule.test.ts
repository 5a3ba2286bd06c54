import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { createProject, type ProjectFiles } from "../project.ts";

const WITH_SCHEDULES: ProjectFiles = {
  "jobs.config.mjs": null,
  "jobs.config.yaml": `app: ./app.mjs
schedules:
  nightly:
    cron: 30 2 * * *
    timeZone: Europe/Berlin
    task: my_task
    params: { a: 1, b: 2 }
    catchUp: last
  pulse:
    every: 1s
    task: send_mail
    params: { to: a@b.c }
`,
};

describe("jobs schedule", () => {
  it("lists schedules of the file with their next ticks, and never their parameters", async () => {
    using project = createProject(WITH_SCHEDULES);
    const { stdout } = await project.jobs(["schedule", "list"]);
    expect(stdout).toMatch(
      /nightly +30 2 \* \* \* Europe\/Berlin +my_task +on +- +\d{4}-\d\d-\d\dT0[01]:30:00Z/,
    );
    const json = await project.json(["schedule", "list", "--json"]);
    expect(json).toMatchObject({
      schema: "jobs.schedules/1",
      schedules: [
        { name: "nightly", cron: "30 2 * * *", timeZone: "Europe/Berlin", catchUp: "last", lastAt: null },
        { name: "pulse", everyMs: 1_000, task: "send_mail", isPaused: false },
      ],
    });
    expect(stdout + JSON.stringify(json)).not.toContain("a@b.c");
  });

  it("reads them from an INI file, each parameter of the type that its task declares [C12]", async () => {
    using project = createProject({
      "jobs.config.mjs": null,
      "jobs.config.ini": `app = ./app.mjs
[schedules.nightly]
cron = 30 2 * * *
time_zone = Europe/Berlin
task = my_task
catch_up = last
priority = 3
[schedules.nightly.params]
a = 1
b = 2.5
[schedules.mail.pulse]
every = 1h
task = send_mail
[schedules.mail.pulse.params]
to = 42
tags[] = x
vip = true
`,
    });
    expect(await project.json(["schedule", "list", "--json"])).toMatchObject({
      schedules: [
        { name: "mail.pulse", everyMs: 3_600_000, task: "send_mail" },
        { name: "nightly", cron: "30 2 * * *", timeZone: "Europe/Berlin", catchUp: "last" },
      ],
    });
    for (const name of ["nightly", "mail.pulse"]) await project.jobs(["schedule", "run", name]);
    const waiting = (queue: string) => project.json(["list", "--queue", queue, "--params", "--json"]);
    expect(await waiting("default")).toMatchObject({
      jobs: [{ task: "my_task", params: { a: 1, b: 2.5 }, priority: 3 }],
    });
    expect(await waiting("mail")).toMatchObject({
      jobs: [{ task: "send_mail", params: { to: "42", tags: ["x"], vip: true } }],
    });
    project.write("jobs.config.ini", "app = ./app.mjs\n[schedules.n]\ncrn = 1 2 * * *\ntask = my_task\n");
    expect((await project.jobs(["schedule", "list"])).stderr).toContain("jobs.config.ini:3: crn is no field");
  });

  it("a worker sends what is due; a paused schedule rests; run sends one at any time", async () => {
    using project = createProject(WITH_SCHEDULES);
    expect((await project.jobs(["schedule", "pause", "pulse"])).stdout).toBe("paused: pulse\n");
    const idle = await project.json(["worker", "--max-time", "2500ms", "--json"]);
    expect(idle).toMatchObject({ succeeded: 0 });
    expect((await project.jobs(["schedule", "run", "nightly"])).stdout).toMatch(/^queued my_task /);
    await project.jobs(["schedule", "resume", "pulse"]);
    const worker = await project.json(["worker", "--max-jobs", "3", "--json"]);
    expect(worker).toMatchObject({ succeeded: 3, cause: "max_jobs" });
    const { schedules } = await project.json(["schedule", "list", "--json"]);
    expect(schedules).toMatchObject([{ lastAt: null }, { lastAt: expect.stringMatching(/Z$/) }]);
  });

  it("tells names that are not there, fields that are none, and changes nothing on a dry run", async () => {
    using project = createProject(WITH_SCHEDULES);
    const missing = await project.jobs(["schedule", "pause", "nightl"]);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining("Did you mean nightly?") });
    expect(missing.stderr).toContain('there is no schedule "nightl".');
    expect((await project.jobs(["schedule", "pause", "pulse", "--dry-run"])).stdout).toContain(
      "would be paused",
    );
    expect(await project.json(["schedule", "list", "--json"])).toMatchObject({
      schedules: [{}, { isPaused: false }],
    });
    project.write(
      "jobs.config.yaml",
      "app: ./app.mjs\nschedules:\n  n:\n    crn: 1 2 * * *\n    task: my_task\n",
    );
    const wrong = await project.jobs(["schedule", "list"]);
    expect(wrong.code).toBe(78);
    expect(wrong.stderr).toContain("jobs.config.yaml:4: crn is no field of a schedule");
  });

  it.each([
    [
      "task: my_tsak\n    params: { a: 1, b: 2 }",
      4,
      'no task "my_tsak" is registered. Did you mean "my_task"?',
    ],
    ["task: my_task\n    params: { a: x, b: 2 }", 5, 'task "my_task" refused at enqueue: a must be number'],
  ])("%j is refused with its line and its schedule", async (fields, line, reason) => {
    using project = createProject();
    project.write("jobs.config.yaml", `app: ./app.mjs\nschedules:\n  n:\n    ${fields}\n    every: 5m\n`);
    for (const args of [
      ["config", "check"],
      ["schedule", "list"],
      ["worker", "--once"],
    ]) {
      const { code, stderr } = await project.jobs([...args, "--config", "jobs.config.yaml"]);
      expect([args, code]).toEqual([args, 78]);
      expect(stderr).toContain(`jobs.config.yaml:${line}: schedule "n": ${reason}`);
    }
  });

  it.each([
    ["0/15 * * * *", "the cron fields cannot be read: Syntax error, stepping with numeric prefix"],
    ["0 0 31 2 *", "the cron fields match no future time"],
  ])("cron %s is refused with its line by config check, schedule verbs and worker", async (cron, reason) => {
    using project = createProject();
    project.write(
      "jobs.config.yaml",
      `app: ./app.mjs\nschedules:\n  n:\n    task: slow\n    params: { ms: 1 }\n    cron: "${cron}"\n`,
    );
    for (const args of [
      ["config", "check"],
      ["schedule", "list"],
      ["schedule", "run", "n"],
      ["worker", "--once"],
    ]) {
      const { code, stderr } = await project.jobs([...args, "--config", "jobs.config.yaml"]);
      expect([args, code]).toEqual([args, 78]);
      expect(stderr).toContain(`jobs.config.yaml:6: schedule "n": ${reason}`);
    }
  });
});

describe("jobs cancel", () => {
  it("takes a waiting job out of its queue", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--id", "j1"]);
    expect((await project.jobs(["cancel", "j1", "--dry-run"])).stdout).toBe("would cancel j1\n");
    expect((await project.jobs(["cancel", "j1"])).stdout).toBe("cancelled j1: taken out of default\n");
    const unknown = await project.jobs(["cancel", "unknown"]);
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("there is no job and no flow unknown."),
    });
    expect(await project.json(["worker", "--drain", "--json"])).toMatchObject({ succeeded: 0 });
  });

  it("ends a job that another process is running", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "slow", "ms=60000", "--id", "j2"]);
    const worker = project.start(["worker", "--max-jobs", "1", "--json", "--log-level", "debug"]);
    let logged = "";
    worker.stderr?.setEncoding("utf8").on("data", (text: string) => {
      logged += text;
    });
    let report = "";
    worker.stdout?.setEncoding("utf8").on("data", (text: string) => {
      report += text;
    });
    while (!logged.includes("job.started")) await once(worker.stderr ?? worker, "data");
    expect(await project.json(["cancel", "j2", "--json"])).toEqual({
      id: "j2",
      status: "requested",
      isDryRun: false,
    });
    await once(worker, "close");
    expect(JSON.parse(report)).toMatchObject({ cancelled: 1, succeeded: 0, retried: 0 });
  });
});

describe("jobs enqueue --then", () => {
  it("starts a chain whose steps take what the one before returned, by name [P12]", async () => {
    using project = createProject();
    const started = await project.jobs([
      "enqueue",
      "legacy",
      "file=a.txt",
      "--then",
      "send_mail to<. vip=true meta='{\"to whom\":1}'",
      "--then",
      "legacy file<.",
    ]);
    expect(started.stdout).toMatch(/^started legacy → send_mail → legacy [0-9a-f-]{36} \(sqlite\)\n$/);
    expect(await project.json(["worker", "--drain", "--json"])).toMatchObject({ succeeded: 3 });
  });

  it("refuses the whole chain for a step that cannot be, and sends nothing", async () => {
    using project = createProject();
    const start = (text: string) => project.jobs(["enqueue", "my_task", "a=1", "b=2", "--then", text]);
    expect(await start("my_task a=1 c<.")).toMatchObject({
      code: 65,
      stderr: expect.stringMatching(/missing b.*unexpected c/),
    });
    expect(await start("legacy 'file")).toMatchObject({ code: 2, stderr: expect.stringContaining("quote") });
    expect(await start("")).toMatchObject({ code: 2 });
    expect((await start("legacy file")).code).toBe(2);
    for (const path of ["a..b", ".a", "a."])
      expect(await start(`legacy file<${path}`)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("must take file from a path such as user.id"),
      });
    expect(await project.json(["worker", "--drain", "--json"])).toMatchObject({ succeeded: 0 });
  });

  it("ends at once where a value does not have what the next step takes, and --drain does not wait", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "legacy", "file=a", "--then", "send_mail to<no.such"]);
    const drained = ["worker", "--drain", "--json"];
    expect(await project.json(drained)).toMatchObject({ dead: 1, succeeded: 0, postponed: 0 });
    expect((await project.json(["dlq", "list", "--json"])).jobs).toMatchObject([
      {
        task: "legacy",
        dead: {
          reason: "completion_failed",
          error: { message: expect.stringContaining('missing to, taken from "no.such" of a string') },
        },
      },
    ]);
  });

  it("says that nothing was sent where a flow of that id is stored", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "legacy", "file=a", "--id", "f1", "--then", "send_mail to<."]);
    const again = ["enqueue", "my_task", "a=1", "b=2", "--id", "f1", "--then", "legacy file=x"];
    expect((await project.jobs(again)).stdout).toBe("nothing sent: a flow f1 is stored already (sqlite)\n");
    expect(await project.json([...again, "--json"])).toMatchObject({ id: "f1", status: "duplicate" });
    expect(await project.json(["list", "--json"])).toMatchObject({ jobs: [{ task: "legacy" }] });
  });

  it("--wait brings the result of the last job; exit 1 as soon as one of them dies", async () => {
    using project = createProject();
    const kept = { env: { JOBS_RESULTS: "sqlite" } };
    const worker = project.start(["worker"], kept);
    const start = (...args: string[]) =>
      project.jobs(["enqueue", "legacy", "file=a", ...args, "--wait", "30s"], kept);
    const good = await start("--then", "send_mail to<.", "--json");
    expect(JSON.parse(good.stdout)).toMatchObject({
      steps: ["legacy", "send_mail"],
      result: { task: "send_mail", status: "succeeded", value: "fine" },
    });
    const bad = await start("--then", "failing how<.", "--then", "send_mail to=b");
    expect(bad).toMatchObject({ code: 1, stderr: expect.stringMatching(/of failing is dead/) });
    worker.kill();
    await once(worker, "close");
  });

  it("--at and --domain are about the first job", async () => {
    using project = createProject();
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const first = ["enqueue", "legacy", "file=a", "--at", at, "--domain", "eu"];
    await project.jobs([...first, "--then", "send_mail to<."]);
    const { jobs } = await project.json(["list", "--queue", "default__eu", "--state", "delayed", "--json"]);
    expect(jobs).toEqual([expect.objectContaining({ task: "legacy" })]);
  });

  it.each([["--batch", "-"], ["--untyped"]])("says why it cannot go with %s", async (...flags) => {
    using project = createProject();
    const task = flags[0] === "--batch" ? [] : ["my_task"];
    const refused = await project.jobs(["enqueue", ...task, "--then", "legacy file=a", ...flags]);
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^--then cannot .*: .+\n {2}Fix: /),
    });
  });
});
