import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { cleanEnv, createProject, hasSaid, outcomeOf, type TestProject } from "../project.ts";

const BIN = fileURLToPath(new URL("../../bin/jobs.js", import.meta.url));
const PATIENCE = { timeout: 50_000 };
const isLinux = process.platform === "linux";
const hasTerminals = isLinux && spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;

/** Notes who runs a job, and that it has come to its end. */
const NOTING_APP = `import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { createApp, defineTask, handle } from "@jobs/core";
const noted = defineTask("noted", {});
const held = defineTask("held", {});
const note = (word) => appendFileSync(join(import.meta.dirname, "notes"), word + " " + process.pid + "\\n");
export default createApp({
  tasks: [noted, held],
  handlers: [
    handle(noted, () => note("ended")),
    handle(held, async () => {
      note("started");
      while (!existsSync(join(import.meta.dirname, "go on"))) await new Promise((resolve) => setTimeout(resolve, 10));
      note("ended");
    }),
  ],
});
`;

/** Runs the command as a shell starts it: with limits, and with redirected or closed streams. */
function inShell(project: TestProject, line: string, args: readonly string[]) {
  const child = spawn("sh", ["-c", line, process.execPath, BIN, ...args], {
    cwd: project.folder,
    env: cleanEnv(),
    // No terminal, and no group of a terminal.
    detached: true,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

const notesOf = ({ folder }: TestProject) => readFileSync(join(folder, "notes"), { flag: "a+" }).toString();

/** Ends the job that is held. */
const letGoOn = ({ folder }: TestProject) => writeFileSync(join(folder, "go on"), "");

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe.runIf(isLinux)("jobs worker in odd surroundings", () => {
  it.each([
    ["stdin is closed", 'exec "$0" "$@" <&-', []],
    ["stdin is closed", 'exec "$0" "$@" <&-', ["--processes", "2"]],
    ["stdin, stdout and stderr are closed", 'exec "$0" "$@" <&- >&- 2>&-', []],
    ["stdin, stdout and stderr are closed", 'exec "$0" "$@" <&- >&- 2>&-', ["--processes", "2"]],
    ["F08 its log is written to a full disk", 'exec "$0" "$@" >/dev/full 2>/dev/full', []],
    ["F08 its log is written to a full disk", 'exec "$0" "$@" >/dev/full 2>/dev/full', ["--processes", "2"]],
    ["F08 it may open 64 files", 'ulimit -n 64; exec "$0" "$@"', []],
    ["F08 it may open 64 files", 'ulimit -n 64; exec "$0" "$@"', ["--processes", "2"]],
  ])("does its jobs and ends with 0 where %s: %s %j", async (_, line, args) => {
    using project = createProject({ "app.mjs": NOTING_APP });
    const jobs = Array.from({ length: 20 }, () => '{"task":"noted","params":{}}\n');
    await project.jobs(["enqueue", "--batch", "-"], { input: jobs.join("") });
    const child = inShell(project, line, ["worker", "--drain", "--log-level", "debug", ...args]);
    expect((await outcomeOf(child)).code).toBe(0);
    expect(notesOf(project).match(/ended/g)).toHaveLength(20);
  });

  it.runIf(hasTerminals).each([[[]], [["--processes", "2"]]])(
    "finishes its job and ends when its terminal is closed: %j",
    async (args) => {
      using project = createProject({ "app.mjs": NOTING_APP });
      await project.jobs(["enqueue", "held"]);
      const command = [process.execPath, BIN, "worker", ...args].map((word) => `'${word}'`).join(" ");
      const terminal = spawn("script", ["-qec", command, "/dev/null"], {
        cwd: project.folder,
        env: cleanEnv(),
        stdio: ["pipe", "ignore", "ignore"],
      });
      onTestFinished(() => void terminal.kill("SIGKILL"));
      await expect.poll(() => notesOf(project), PATIENCE).toContain("started");
      terminal.kill("SIGKILL");
      await once(terminal, "close");
      letGoOn(project);
      await expect.poll(() => notesOf(project), PATIENCE).toContain("ended");
      const pid = Number(/started (\d+)/.exec(notesOf(project))?.[1]);
      await expect.poll(() => lives(pid), PATIENCE).toBe(false);
      expect(notesOf(project).match(/started/g)).toHaveLength(1);
    },
  );

  it.each([[[]], [["--processes", "2"]]])("drains on SIGHUP as on SIGTERM: %j", async (args) => {
    using project = createProject({ "app.mjs": NOTING_APP });
    await project.jobs(["enqueue", "held"]);
    const child = inShell(project, 'exec "$0" "$@"', ["worker", "--json", ...args]);
    const ended = outcomeOf(child);
    const draining = hasSaid(child, "worker.draining");
    await expect.poll(() => notesOf(project), PATIENCE).toContain("started");
    child.kill("SIGHUP");
    await draining;
    letGoOn(project);
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ cause: "SIGHUP", succeeded: 1, cutOff: 0 });
  });
});
