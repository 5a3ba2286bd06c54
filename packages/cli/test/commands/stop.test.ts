import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { createProject, hasSaid, type TestProject } from "../project.ts";

const BIN = fileURLToPath(new URL("../../bin/jobs.js", import.meta.url));

/** Makes its command the first process of a namespace of its own, as a container does. */
const AS_FIRST = ["--pid", "--fork", "--mount-proc", "--kill-child"];
const hasNamespaces = spawnSync("unshare", [...AS_FIRST, "true"]).status === 0;

/** An app that takes longer to load than any test. */
const SLOW_APP = `process.stderr.write("loading\\n");
await new Promise((resolve) => setTimeout(resolve, 600_000));
`;

/** A command that runs, and the process that is signalled. */
interface Running {
  readonly child: ChildProcess;
  signal(name: NodeJS.Signals): void;
}

function asFirst(project: TestProject, args: readonly string[]): Running {
  const child = spawn("unshare", [...AS_FIRST, process.execPath, BIN, ...args], {
    cwd: project.folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const inner = () => Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim());
  return { child, signal: (name) => void process.kill(inner(), name) };
}

function asUsual(project: TestProject, args: readonly string[]): Running {
  const child = project.start(args);
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, signal: (name) => void child.kill(name) };
}

const WAYS = [
  ...(hasNamespaces ? [{ way: "as the first process of a container", start: asFirst }] : []),
  { way: "as any other process", start: asUsual },
];

describe.each(WAYS)("a stop while the app still loads, $way", ({ start }) => {
  it.each([
    { args: ["worker", "--json"], signal: "SIGTERM" },
    { args: ["worker", "--json"], signal: "SIGINT" },
    { args: ["worker", "--json"], signal: "SIGHUP" },
    { args: ["worker", "--processes", "2"], signal: "SIGTERM" },
    { args: ["worker", "--processes", "2"], signal: "SIGHUP" },
  ] as const)("$args ends with 0 on $signal", async ({ args, signal }) => {
    using project = createProject({ "app.mjs": SLOW_APP });
    const { child, signal: send } = start(project, args);
    await hasSaid(child, "loading");
    send(signal);
    expect(await once(child, "close")).toEqual([0, null]);
  });
});

describe("a stop", () => {
  it.runIf(hasNamespaces)("ends any other command as the first process of a container with 143", async () => {
    using project = createProject({ "app.mjs": SLOW_APP });
    for (const args of [
      ["run", "my_task", "a=1", "b=2"],
      ["worker", "--print-grace"],
    ]) {
      const { child, signal } = asFirst(project, args);
      await hasSaid(child, "loading");
      signal("SIGTERM");
      expect(await once(child, "close")).toEqual([143, null]);
    }
  });

  it("ends any other command by the signal itself, as shells expect", async () => {
    using project = createProject({ "app.mjs": SLOW_APP });
    const { child, signal } = asUsual(project, ["run", "my_task", "a=1", "b=2"]);
    await hasSaid(child, "loading");
    signal("SIGINT");
    expect(await once(child, "close")).toEqual([null, "SIGINT"]);
  });

  it.runIf(hasNamespaces).each(["SIGTERM", "SIGHUP"] as const)(
    "drains a worker that is the first process of a container on %s",
    async (name) => {
      using project = createProject();
      await project.jobs(["enqueue", "slow", "ms=300"]);
      const { child, signal } = asFirst(project, ["worker", "--log-level", "debug", "--log-format", "json"]);
      await hasSaid(child, "job.started");
      signal(name);
      await hasSaid(child, '"succeeded":1');
      expect(await once(child, "close")).toEqual([0, null]);
    },
  );
});
