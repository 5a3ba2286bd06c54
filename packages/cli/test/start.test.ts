import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { codeCompiler } from "../src/compile-cache.ts";
import { createProject, type TestProject } from "./project.ts";

const PRELOAD = new URL("fixtures/record/record-modules.mjs", import.meta.url).href;
const PRELOAD_BUILTINS = fileURLToPath(new URL("fixtures/record/record-builtins.cjs", import.meta.url));

/** What costs time to load, and is of use to some commands only. */
const COSTLY = {
  core: /\/core\/dist\//,
  part: /\/core\/dist\/bundle\/(?!(?:all|broker|config|index|producer|runtime|task|testing)\.js)/,
  sqlite: /adapter-sqlite/,
  memory: /adapter-memory/,
  pino: /node_modules\/pino\//,
  jiti: /node_modules\/jiti\//,
  confbox: /confbox/,
  table: /cli-table3/,
  croner: /node_modules\/croner\//,
  help: /command-help\.cjs/,
  app: /app\.mjs/,
};

/** Code of core that an enqueue does not run. It is loaded where it is used first. */
const OF_PARTS = [
  "app/check-app-jobs",
  "app/late-parts",
  "app/rehearse",
  "app/run-inline",
  "explain/explain-",
  "flow/cancel-job",
  "flow/continue-flow",
  "flow/start-flow",
  "results/kept-in-broker",
  "schedule/schedules",
  "schedule/stored-",
  "schedule/tick",
  "stored/check-",
  "worker/engine",
  "worker/fetch",
  "worker/lease",
  "worker/limits",
  "worker/presence/cancel-and-pause",
  "worker/run/run",
];

async function costlyModules(project: TestProject, line: string): Promise<readonly string[]> {
  const file = join(project.folder, `modules-${Math.abs(line.length)}-${line.replace(/\W/g, "")}.txt`);
  const env = { JOBS_TEST_MODULES: file, NODE_OPTIONS: `--import=${PRELOAD}` };
  const { code, stderr } = await project.jobs(line.split(" ").filter(Boolean), { env });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const loaded = readFileSync(file, "utf8");
  return Object.entries(COSTLY)
    .filter(([, pattern]) => pattern.test(loaded))
    .map(([name]) => name);
}

/** Modules of Node's own that it does not load for itself, and that take milliseconds. */
const COSTLY_BUILTINS = ["crypto", "stream", "readline", "perf_hooks", "os"];
// A newer Node has the cache of compiled code there, which saves far more than it takes.
if (codeCompiler().enableCompileCache === undefined) COSTLY_BUILTINS.push("module");

/** The driver for Node 20 looks for its native file by them. */
const OF_DRIVER = COSTLY_BUILTINS.includes("module") ? ["os", "module"] : [];

/** The history names the machine of an event. */
const WITH_HISTORY = [...new Set(["os", ...OF_DRIVER])];

async function costlyBuiltins(project: TestProject, line: string): Promise<readonly string[]> {
  const file = join(project.folder, "builtins.txt");
  const env = { JOBS_TEST_MODULES: file, NODE_OPTIONS: `--require=${PRELOAD_BUILTINS}` };
  const { code, stderr } = await project.jobs(line.split(" "), { env });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const loaded = readFileSync(file, "utf8").split("\n");
  return COSTLY_BUILTINS.filter((name) => loaded.includes(`NativeModule ${name}`));
}

/** An app whose broker loads nothing, and that is taken for one that other processes see. */
const SHARED = `import { memory } from "@jobs/adapter-memory";
import app from "./app.mjs";
export default app.with({ broker: { ...memory(), reach: "machine" } });
`;

describe("no command loads what it does not use", () => {
  it.each([
    ["", []],
    ["--help", []],
    ["version", []],
    ["enqueue --help", ["help"]],
    ["enqueue my_task a=1 b=2", ["core", "sqlite", "app"]],
    ["stats --json", ["core", "sqlite", "app"]],
    ["stats", ["core", "sqlite", "table", "app"]],
    ["stats --broker memory --json", ["core", "memory", "app"]],
    ["tasks --json", ["core", "app"]],
    ["config --json", ["core", "app"]],
    ["run my_task a=1 b=2", ["core", "part", "pino", "app"]],
    ["worker --drain", ["core", "part", "sqlite", "pino", "app"]],
    ["worker --drain --log-format pretty", ["core", "part", "sqlite", "app"]],
  ])("jobs %s", async (line, expected) => {
    using project = createProject();
    expect(await costlyModules(project, line)).toEqual(expected);
  });

  it.each([
    ["--help", []],
    ["version", []],
    ["tasks --json", []],
    ["config --json", []],
    ["enqueue my_task a=1 b=2 --dry-run --app shared.mjs", []],
    ["stats --broker memory --json", []],
    ["enqueue my_task a=1 b=2 --app shared.mjs", []],
    ["enqueue my_task a=1 b=2", WITH_HISTORY],
    ["enqueue my_task a=1 b=2 --untyped", OF_DRIVER],
  ])("jobs %s takes no more of Node than it uses", async (line, expected) => {
    using project = createProject({ "shared.mjs": SHARED });
    expect(await costlyBuiltins(project, line)).toEqual(expected);
  });

  it.each([
    ["jobs.config.yaml", "app: ./app.mjs\n", ["confbox"]],
    ["jobs.config.json", '{ "app": "./app.mjs" } // our own', []],
    ["jobs.config.json", '{ "app": "./app.mjs" }', []],
  ])(
    "%s: %j needs no loader for TypeScript, and a parser only if Node has none",
    async (name, text, parser) => {
      using project = createProject({ "jobs.config.mjs": null, [name]: text });
      expect(await costlyModules(project, "tasks --json")).toEqual(["core", ...parser, "app"]);
    },
  );

  it.each([
    ["every: 5m", []],
    ["cron: 0 3 * * *", ["croner"]],
  ])("a schedule with %s", async (due, loaded) => {
    const config = `app: ./app.mjs\nschedules: { s: { ${due}, task: my_task, params: { a: 1, b: 2 } } }\n`;
    using project = createProject({ "jobs.config.mjs": null, "jobs.config.yaml": config });
    const modules = await costlyModules(project, "schedule list --json");
    expect(modules).toEqual(["core", "part", "sqlite", "confbox", ...loaded, "app"]);
  });
});

describe("the files of core", () => {
  const bundle = fileURLToPath(new URL("../../core/dist/bundle/", import.meta.url));
  const modulesOf = (map: string): readonly string[] => {
    const { sources }: { readonly sources: readonly string[] } = JSON.parse(
      readFileSync(join(bundle, map), "utf8"),
    );
    return sources.flatMap((source) => /\/src\/(?<module>.+)$/.exec(source)?.groups?.module ?? []);
  };

  it("keep the parts out of the one that each process loads", () => {
    const loaded = modulesOf("all.js.map");
    expect(loaded).toContain("app/create-app.ts");
    expect(loaded.filter((module) => OF_PARTS.some((part) => module.startsWith(part)))).toEqual([]);
  });

  it("import nothing that they do not use, of which the bundler of an app would warn", () => {
    const files = readdirSync(bundle).filter((name) => name.endsWith(".js"));
    const texts = files.map((name) => readFileSync(join(bundle, name), "utf8"));
    expect(texts.flatMap((text) => text.match(/^import "[^"]*"/gm) ?? [])).toEqual([]);
  });

  it("share no module, so that its classes and its state exist once", () => {
    const modules = readdirSync(bundle)
      .filter((name) => name.endsWith(".map"))
      .flatMap(modulesOf);
    expect(modules).toContain("worker/engine.ts");
    expect(modules.filter((module, at) => modules.indexOf(module) !== at)).toEqual([]);
  });
});

it("compiled code is kept for the next start", async () => {
  using project = createProject();
  const env = { XDG_CACHE_HOME: project.folder };
  const cache = join(project.folder, "jobs/compile-cache");
  const files = () => readdirSync(cache, { recursive: true, encoding: "utf8" }).toSorted();
  const enqueue = () => project.json(["enqueue", "my_task", "a=1", "b=2", "--json"], { env });
  await enqueue();
  const kept = files();
  expect(kept).not.toEqual([]);
  expect(await enqueue()).toMatchObject({ task: "my_task" });
  expect(files()).toEqual(kept);
});

it("what a command imports later is found also by code from the cache", async () => {
  using project = createProject({
    "jobs.config.mjs": null,
    "jobs.config.yaml": "app: ./typed.ts\n",
    "typed.ts": 'export { default } from "./app.mjs";\n',
  });
  const env = { XDG_CACHE_HOME: project.folder };
  for (const _ of ["compiled", "from the cache"]) {
    expect(await project.jobs(["tasks", "--json"], { env })).toMatchObject({ code: 0, stderr: "" });
  }
});
