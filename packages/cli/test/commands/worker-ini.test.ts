import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

/** As the ancestor documents it; nothing in it is of ours. */
const WORKER_INI = `[DEFAULT]
domain = nice
polling_interval = 2000

[send_mail]
domain = cool
polling_interval = 500

; a section that sets only one of the two
[export.shp]
polling_interval = 300
`;

const APP = `
import { createApp, defineTask, handle } from "@jobs/core";
const mail = defineTask("send_mail", {}, { queue: "mail" });
const shapes = defineTask("export.shp", {}, { queue: "export" });
const run = (_, ctx) => console.log(ctx.task, ctx.queue, ctx.domain);
export default createApp({ tasks: [mail, shapes], handlers: [handle(mail, run), handle(shapes, run)] });
`;

const PROJECT = { "jobs.config.mjs": null, "app.mjs": APP };

describe("INI in sections of tasks", () => {
  it("reads an ancestor's worker.ini as it is, domain and polling_interval in ms [C12 C13 C17]", async () => {
    using project = createProject({ ...PROJECT, "worker.ini": WORKER_INI });
    const env = { JOBS_CONFIG: "worker.ini", JOBS_APP: "app.mjs" };
    const explain = (key: string) => project.json(["config", "explain", key, "--json"], { env });
    expect(await explain("send_mail.domain")).toMatchObject({
      value: "cool",
      where: "worker.ini:6",
      shadowed: [{ value: "nice", where: "worker.ini:2" }],
    });
    expect(await explain("send_mail.pollInterval")).toMatchObject({ value: 500, where: "worker.ini:7" });
    expect(await explain("export.shp.domain")).toMatchObject({ value: "nice", where: "worker.ini:2" });
    expect(await explain("export.shp.pollInterval")).toMatchObject({ value: 300, where: "worker.ini:11" });
    expect(await project.jobs(["config", "check"], { env })).toMatchObject({
      code: 0,
      stdout: "ok\n",
      stderr: "",
    });
  });

  it("worker.ini is found where the command is started, or beside the app; jobs.config.* comes first [C11]", async () => {
    using project = createProject({ ...PROJECT, "app.mjs": null, "src/app.mjs": APP, "run/x": "" });
    const explain = (args: readonly string[], cwd = ".") =>
      project.json(["config", "explain", "send_mail.domain", "--json", ...args], { cwd });
    project.write("worker.ini", WORKER_INI);
    expect(await explain(["--app", "src/app.mjs"])).toMatchObject({ where: "worker.ini:6" });
    expect(await explain(["--app", "../src/app.mjs"], "run")).toMatchObject({ layer: "default" });
    project.write("src/worker.ini", WORKER_INI);
    expect(await explain(["--app", "../src/app.mjs"], "run")).toMatchObject({ where: "../src/worker.ini:6" });
    project.write("jobs.config.json", '{ "tasks": { "send_mail": { "domain": "ours" } } }');
    expect(await explain(["--app", "../src/app.mjs"], "run")).toMatchObject({ value: "ours" });
  });

  it("jobs config prints where it looked, whether it found a file or not [C11]", async () => {
    using project = createProject({ ...PROJECT, "worker.ini": WORKER_INI });
    const found = await project.jobs(["config"]);
    expect(found.stdout).toMatch(
      /^file: \S+\/worker\.ini\nsearched: \S+ and above for jobs\.config\.ts, .*; \S+ for worker\.ini\n/,
    );
    const { searched } = (await project.json(["config", "--json", "--app", "app.mjs"])) as {
      searched: string[];
    };
    expect(searched.at(0)).toBe(join(project.folder, "jobs.config.ts"));
    expect(searched.at(-1)).toBe(join(project.folder, "worker.ini"));
  });

  it("a variable of a Conductor worker is a warning that names what replaces it [C11]", async () => {
    using project = createProject({ ...PROJECT, "worker.ini": WORKER_INI });
    const env = { conductor_worker_send_mail_domain: "hot" };
    const checked = await project.jobs(["config", "check", "--app", "app.mjs"], { env });
    expect(checked.code).toBe(1);
    expect(checked.stderr + checked.stdout).toContain(
      "conductor_worker_send_mail_domain is not read; set JOBS_TASK_SEND_MAIL_DOMAIN instead.",
    );
  });

  it("a variable beats worker.ini, and the file beats the code [C14 C15]", async () => {
    using project = createProject({ ...PROJECT, "worker.ini": WORKER_INI });
    const args = ["config", "explain", "send_mail.domain", "--config", "worker.ini", "--app", "app.mjs"];
    const explained = await project.jobs(args, { env: { JOBS_TASK_SEND_MAIL_DOMAIN: "hot" } });
    expect(explained.stdout.split("\n").slice(0, 3)).toEqual([
      "tasks.send_mail.domain = hot (environment: JOBS_TASK_SEND_MAIL_DOMAIN)",
      "  shadows cool (file: worker.ini:6)",
      "  shadows nice (file: worker.ini:2)",
    ]);
  });

  it.each([
    ["polling_interval = soon", "tasks.send_mail.pollInterval must be a duration"],
    ["domain = a/b", "tasks.send_mail.domain must be"],
    ["concurrency = many", "tasks.send_mail.concurrency must be"],
    ["rate = 10", "tasks.send_mail.rate must be a rate such as 10/s"],
  ])("%s is exit 78 with file and line [C18]", async (line, reason) => {
    using project = createProject({ ...PROJECT, "jobs.config.ini": `app = app.mjs\n[send_mail]\n${line}\n` });
    const broken = await project.jobs(["config", "check"]);
    expect(broken).toMatchObject({
      code: 78,
      stderr: expect.stringContaining(`jobs.config.ini:3: ${reason}`),
    });
  });

  it("a section for no task and an unknown key are told, with what was probably meant [E11]", async () => {
    const text = "app = app.mjs\n[send_mial]\ndomain = x\n[send_mail]\npoll_intervall = 5\n";
    using project = createProject({ ...PROJECT, "jobs.config.ini": text });
    const { code, stderr } = await project.jobs(["config", "check"]);
    expect(code).toBe(1);
    expect(stderr).toContain("tasks.send_mial is for a task that does not exist. Did you mean send_mail?");
    expect(stderr).toContain("jobs.config.ini:5: ");
    expect(stderr).toContain("Did you mean pollInterval?");
  });

  it("jobs of a task in a domain are run by the worker of that domain and by no other [C19]", async () => {
    const file = (domain: string) => `app = app.mjs\n[send_mail]\ndomain = ${domain}\n`;
    using project = createProject({ ...PROJECT, "jobs.config.ini": file("cool"), "hot.ini": file("hot") });
    expect((await project.jobs(["enqueue", "send_mail"])).stdout).toContain(" on mail__cool (sqlite)");
    expect((await project.jobs(["enqueue", "send_mail", "--domain", "hot"])).stdout).toContain(
      " on mail__hot ",
    );
    const cool = await project.jobs(["worker", "--drain"]);
    expect(cool).toMatchObject({ code: 0, stdout: "send_mail mail__cool cool\n" });
    const hot = await project.jobs(["worker", "--drain", "--config", "hot.ini"]);
    expect(hot).toMatchObject({ code: 0, stdout: "send_mail mail__hot hot\n" });
  });
});
