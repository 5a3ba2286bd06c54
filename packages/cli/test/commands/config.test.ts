import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { DescribedSetting } from "../../src/project/describe-setting.ts";
import { createProject } from "../project.ts";

const CONFIGS = {
  mjs: 'export default { app: "./app.mjs", worker: { lease: "3s" } };',
  js: 'export default { app: "./app.mjs", worker: { lease: "3s" } };',
  json: '{ "app": "./app.mjs", "worker": { "lease": "3s" } }',
  yaml: "app: ./app.mjs\nworker:\n  lease: 3s\n",
  yml: "app: ./app.mjs\nworker:\n  lease: 3s\n",
  toml: 'app = "./app.mjs"\n[worker]\nlease = "3s"\n',
  ini: "app=./app.mjs\n[worker]\nlease=3s\n",
};

/** The same settings of a task in every format. */
const TASK_FILES = {
  ts: 'export default { app: "./app.mjs", tasks: { DEFAULT: { rate: "10/s" }, my_task: { queue: "sums", domain: "cool", concurrency: 3, timeout: "5s", attempts: 2, backoff: "1s,10s", pollInterval: "500ms", priority: 4, pause: true } } };',
  json: '{ "app": "./app.mjs", "tasks": { "DEFAULT": { "rate": "10/s" }, "my_task": { "queue": "sums", "domain": "cool", "concurrency": 3, "timeout": "5s", "attempts": 2, "backoff": ["1s", "10s"], "pollInterval": 500, "priority": 4, "pause": true } } }',
  yaml: "app: ./app.mjs\ntasks:\n  DEFAULT: { rate: 10/s }\n  my_task:\n    queue: sums\n    domain: cool\n    concurrency: 3\n    timeout: 5s\n    attempts: 2\n    backoff: [1s, 10s]\n    pollInterval: 500ms\n    priority: 4\n    pause: true\n",
  toml: 'app = "./app.mjs"\n[tasks.DEFAULT]\nrate = "10/s"\n[tasks.my_task]\nqueue = "sums"\ndomain = "cool"\nconcurrency = 3\ntimeout = "5s"\nattempts = 2\nbackoff = ["1s", "10s"]\npollInterval = 500\npriority = 4\npause = true\n',
  ini: "app=./app.mjs\n[DEFAULT]\nrate=10/s\n[my_task]\nqueue=sums\ndomain=cool\nconcurrency=3\ntimeout=5s\nattempts=2\nbackoff=1s,10s\npoll_interval=500\npriority=4\npause=yes\n",
};

const BROKEN: Readonly<Record<string, readonly [text: string, place: string]>> = {
  ts: ['export default {\n  app: "./app.mjs",\n  worker: { lease: = 3 }\n};', "jobs.config.ts:3"],
  mjs: ['export default {\n  app: "./app.mjs",\n  worker: { lease: = 3 }\n};', "jobs.config.mjs:3"],
  js: ['\nthrow new Error("boom");', "jobs.config.js:2"],
  json: ['{\n  "app": ,\n}', "jobs.config.json:2"],
  yaml: ["app: ./app.mjs\napp: ./b.mjs\n", "jobs.config.yaml:2"],
  toml: ['app = "./app.mjs"\nworker = = 2\n', "jobs.config.toml:2"],
  ini: ["app=./app.mjs\n[worker]\nlease=3x\n", "jobs.config.ini:3"],
};

describe("configuration files", () => {
  it.each(Object.entries(CONFIGS))(
    "reads jobs.config.%s from a folder below [C11]",
    async (extension, text) => {
      const files = { "jobs.config.mjs": null, [`jobs.config.${extension}`]: text, "below/deeper/x": "" };
      using project = createProject(files);
      const explained = await project.json(["config", "explain", "worker.lease", "--json"], {
        cwd: "below/deeper",
      });
      expect(explained).toMatchObject({ value: 3_000, layer: "file" });
      expect(explained.where).toMatch(new RegExp(`jobs\\.config\\.${extension}:\\d`));
    },
  );

  it.each(Object.entries(TASK_FILES))(
    "reads every setting of a task from jobs.config.%s [C12]",
    async (extension, text) => {
      using project = createProject({ "jobs.config.mjs": null, [`jobs.config.${extension}`]: text });
      const { settings } = (await project.json(["config", "--json"])) as { settings: DescribedSetting[] };
      const ofTask = settings.filter(
        ({ key, layer }) => key.startsWith("tasks.my_task.") && layer === "file",
      );
      expect(
        Object.fromEntries(ofTask.map(({ key, value }) => [key.slice("tasks.my_task.".length), value])),
      ).toEqual({
        queue: "sums",
        domain: "cool",
        concurrency: 3,
        timeout: 5_000,
        attempts: 2,
        backoff: [1_000, 10_000],
        pollInterval: 500,
        priority: 4,
        pause: true,
        rate: 10,
      });
      const shown = await project.jobs(["config", "explain", "my_task.rate"]);
      const backoff = await project.jobs(["config", "explain", "my_task.backoff"]);
      expect(backoff.stdout, "as it is written").toMatch(/ = 1s,10s \(file.*shadows 1s\.\.10m \(default\)/s);
      expect(shown.stdout).toMatch(
        /^tasks\.my_task\.rate = 10\/s \(file: jobs\.config\.\w+:\d+\)\n {2}shadows off \(default\)\n$/,
      );
    },
  );

  it.each(Object.entries(BROKEN))(
    "a broken %s is exit 78 with file and line [C18]",
    async (extension, [text, place]) => {
      using project = createProject({ "jobs.config.mjs": null, [`jobs.config.${extension}`]: text });
      const broken = await project.jobs(["stats"]);
      expect(broken).toMatchObject({ code: 78, stdout: "" });
      expect(broken.stderr).toContain(`${place}: `);
      expect(broken.stderr).not.toContain("    at ");
    },
  );

  it("a broken app is exit 78 with file and line, also in JSON and in TypeScript", async () => {
    using project = createProject({ "app.mjs": 'const a = 1;\n\nthrow new Error("boom");' });
    const broken = await project.jobs(["stats"]);
    expect(broken).toMatchObject({ code: 78, stderr: expect.stringMatching(/^app\.mjs:3: boom\./) });
    const json = await project.jobs(["stats", "--json"]);
    expect(json.code).toBe(78);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: "invalid_config" } });
    using typed = createProject(
      { "app.ts": 'const a: number = 1;\n\nthrow new Error("boom");' },
      "typescript",
    );
    expect((await typed.jobs(["stats"])).stderr).toMatch(/^app\.ts:3: boom\./);
    typed.write("app.ts", "const a: number = 1;\nconst b = = 2;");
    expect((await typed.jobs(["stats"])).stderr).toMatch(/^app\.ts:2: /);
  });

  it("an app that is missing or none is exit 78", async () => {
    using project = createProject({ "app.mjs": "export default 5;" });
    const none = await project.jobs(["tasks"]);
    expect(await project.jobs(["tasks", "--app", "."])).toMatchObject({
      code: 78,
      stderr: expect.stringMatching(/^\.: it is a folder, not a module\./),
    });
    expect(none).toMatchObject({
      code: 78,
      stderr: expect.stringContaining("the default export is not an app"),
    });
    project.write("jobs.config.mjs", 'export default { app: "./nope.mjs" };');
    expect((await project.jobs(["tasks"])).code).toBe(78);
  });

  it("loads TypeScript as it is", async () => {
    using project = createProject({}, "typescript");
    expect((await project.jobs(["run", "moody"])).stdout).toBe('"fine"\n');
    const explained = await project.json(["config", "explain", "worker.lease", "--json"]);
    expect(explained).toMatchObject({ value: 3_000, where: "jobs.config.ts:3" });
  });

  it("a configuration elsewhere is taken only when it is named [F64]", async () => {
    using project = createProject({ "other/jobs.config.json": "{}", "jobs.config.mjs": null });
    const none = await project.jobs(["tasks"]);
    expect(none).toMatchObject({ code: 78, stderr: expect.stringContaining("there is no jobs.config.*") });
    expect((await project.jobs(["config", "--config", "nope.json"])).code).toBe(78);
    const named = await project.json(["config", "--config", "other/jobs.config.json", "--json"]);
    expect(named.file).toBe(join(project.folder, "other/jobs.config.json"));
  });
});

describe("jobs config", () => {
  it("explains who won and what it shadowed [C15 C16]", async () => {
    using project = createProject({
      "jobs.config.json": '{ "app": "./app.mjs", "tasks": {\n "failing": { "attempts": 2 } } }',
    });
    const args = ["config", "explain", "failing.attempts", "--config", "jobs.config.json"];
    const explained = await project.jobs(args, { env: { JOBS_TASK_DEFAULT_ATTEMPTS: "3" } });
    expect(explained.stdout.split("\n")).toEqual([
      "tasks.failing.attempts = 3 (environment: JOBS_TASK_DEFAULT_ATTEMPTS)",
      "  shadows 2 (file: jobs.config.json:2)",
      "  shadows 1 (constructor)",
      "  shadows 5 (default)",
      "",
    ]);
    expect(await project.jobs(["config", "explain", "faling.attempts"])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^there is no task "faling"\.\n {2}Fix: Did you mean tasks\.failing\.attempts\?/,
      ),
    });
  });

  it("check tells what nobody reads, and exits 1 [E11]", async () => {
    using project = createProject();
    expect((await project.jobs(["config", "check"])).code).toBe(0);
    const check = await project.jobs(["config", "check"], { env: { JOBS_WORKER_CONCURENCY: "5" } });
    expect(check).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Did you mean JOBS_WORKER_CONCURRENCY?"),
    });
  });

  it("masks passwords [F62 T1]", async () => {
    using project = createProject();
    const shown = await project.jobs(["config", "--json"], { env: { JOBS_BROKER: "redis://u:s3cret@host" } });
    expect(shown.stdout).toContain("redis://***@host");
    expect(shown.stdout).not.toContain("s3cret");
    const slip = await project.jobs(["stats", "--debug"], { env: { JOBS_BROKER: "redis//u:s3cret@host" } });
    expect(slip.code).toBe(78);
    expect(slip.stderr).not.toContain("s3cret");
  });

  it("an adapter of the user is known by the kind that the file gives it, in URLs too", async () => {
    using project = createProject({
      "jobs.config.json":
        '{ "app": "./app.mjs", "broker": { "kind": "files", "file": "x.db" }, "adapters": { "files": "./files.mjs" } }',
      "jobs.config.mjs": null,
      "files.mjs": `import { adapter as sqlite } from "@jobs/adapter-sqlite";
        export const adapter = { ...sqlite, kind: "files", readUrl: (url) => ({ file: url.slice("files:".length) }) };`,
    });
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    const stats = ["stats", "--queues", "default", "--json"];
    for (const broker of [[], ["--broker", "files:x.db"]]) {
      expect(await project.json([...stats, ...broker])).toMatchObject({ queues: [{ ready: { n: 1 } }] });
    }
    project.write("files.mjs", "export const nothing = 1;");
    const odd = await project.jobs(stats);
    expect(odd).toMatchObject({
      code: 78,
      stdout: expect.stringContaining("./files.mjs exports no adapter"),
    });
  });

  it("brokers are chosen by key, kind and URL; an adapter that is missing says how to get it", async () => {
    using project = createProject({
      "jobs.config.json":
        '{ "app": "./app.mjs", "broker": "main", "brokers": { "main": "sqlite:data/x.db" } }',
      "below/x": "",
      "jobs.config.mjs": null,
    });
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"], { cwd: "below" });
    const stats = ["stats", "--queues", "default", "--json"];
    expect(await project.json(stats)).toMatchObject({ queues: [{ ready: { n: 1 } }] });
    expect(await project.json([...stats, "--broker", "sqlite:data/x.db"])).toMatchObject({
      queues: [{ ready: { n: 1 } }],
    });
    expect(await project.json([...stats, "--broker", "memory"])).toMatchObject({ broker: "memory" });
    const env = {
      NODE_OPTIONS: `--import ${new URL("../fixtures/missing/missing-package.mjs", import.meta.url).href}`,
      JOBS_TEST_MISSING: "@jobs/adapter-sqs",
    };
    const missing = await project.jobs(["stats", "--broker", "sqs"], { env });
    expect(missing).toMatchObject({
      code: 78,
      stderr: expect.stringContaining("pnpm add @jobs/adapter-sqs"),
    });
  });

  it("a project that chooses no broker learns that the default is not installed, and how to install it", async () => {
    using project = createProject();
    const env = {
      NODE_OPTIONS: `--import ${new URL("../fixtures/missing/missing-package.mjs", import.meta.url).href}`,
      JOBS_TEST_MISSING: "@jobs/adapter-sqlite",
    };
    expect(await project.jobs(["stats"], { env })).toMatchObject({
      code: 78,
      stderr: expect.stringMatching(/the default, sqlite, is not installed.*pnpm add @jobs\/adapter-sqlite/s),
    });
    project.write("package-lock.json", "{}");
    const { stderr } = await project.jobs(["stats"], { env });
    expect(stderr).toContain("npm install @jobs/adapter-sqlite");
    const memory = await project.jobs(["stats", "--broker", "memory"], { env });
    expect(memory, memory.stderr).toMatchObject({ code: 0 });
  });
});

describe("jobs config check", () => {
  it("counts one warning as one, and none as ok", async () => {
    using project = createProject();
    expect(await project.jobs(["config", "check"])).toMatchObject({ code: 0, stdout: "ok\n" });
    const env = { JOBS_WORKER_CONCURENCY: "3" };
    expect(await project.jobs(["config", "check"], { env })).toMatchObject({
      code: 1,
      stdout: "1 warning\n",
    });
    const two = { ...env, JOBS_WORKER_LEAZE: "3s" };
    expect(await project.jobs(["config", "check"], { env: two })).toMatchObject({ stdout: "2 warnings\n" });
  });

  it.each([
    [{ JOBS_BROKER: "mysql://h" }, "there is no broker of that name"],
    [{ JOBS_BROKER: "redis://h/99x" }, "redis"],
    [{ JOBS_RESULTS: "nope" }, 'there is no result store "nope"'],
  ])("reads the addresses of broker and results: %j", async (env, said) => {
    using project = createProject();
    const { code, stderr } = await project.jobs(["config", "check"], { env });
    expect({ code, stderr }).toMatchObject({ code: 78, stderr: expect.stringContaining(said) });
  });

  it("asks no server, unless --connect is given; then one that is not there is exit 69", async () => {
    using project = createProject();
    for (const env of [
      { JOBS_BROKER: "redis://127.0.0.1:9" },
      { JOBS_RESULTS: "postgres://u:p@127.0.0.1:9/d" },
    ]) {
      expect(await project.jobs(["config", "check"], { env })).toMatchObject({ code: 0, stdout: "ok\n" });
      const connected = await project.jobs(["config", "check", "--connect", "--timeout", "2s"], { env });
      expect(connected, connected.stderr).toMatchObject({ code: 69 });
    }
    expect(await project.json(["config", "check", "--connect", "--json"])).toMatchObject({ isOk: true });
    expect(readdirSync(project.folder)).not.toContain(".jobs");
  });
});
