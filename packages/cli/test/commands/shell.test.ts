import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createInstalled, hasShell, openTerminal, runScript } from "../shells.ts";

const LOAD = 'eval "$(node_modules/.bin/jobs-cli shell)"';

/** Each shell with what defines the function there. `zsh` reads what `$SHELL` says nothing about. */
const SHELLS: readonly (readonly [shell: string, load: string])[] = [
  ["bash", LOAD],
  ["bash", 'eval "$(node_modules/.bin/jobs-cli shell bash)"'],
  ["zsh", LOAD],
  ["zsh", 'eval "$(node_modules/.bin/jobs-cli shell zsh)"'],
  ["dash", LOAD],
  ["dash", 'eval "$(node_modules/.bin/jobs-cli shell sh)"'],
  ["fish", "node_modules/.bin/jobs-cli shell fish | source"],
  ["fish", "SHELL=/usr/bin/fish node_modules/.bin/jobs-cli shell | source"],
];

const STATUS: Readonly<Record<string, string>> = { fish: "$status" };

describe.each(["bash", "zsh", "dash", "fish"].filter(hasShell))("the function jobs in %s", (shell) => {
  const loads = SHELLS.filter(([name]) => name === shell).map(([, load]) => load);
  const pid = shell === "fish" ? "$last_pid" : "$!";

  it.each(loads)("leaves the shell's own jobs to the shell: %s", async (load) => {
    using project = createInstalled();
    const script = `${load}\nsleep 60 &\njobs\njobs -l\necho pid ${pid}\njobs -p\njobs %1\nkill ${pid}`;
    const { stdout } = await runScript(shell, project, script);
    expect(stdout.match(/running/gi)?.length).toBeGreaterThanOrEqual(shell === "fish" ? 2 : 3);
    const [, started] = /pid (\d+)/.exec(stdout) ?? [];
    expect(stdout.match(new RegExp(`\\b${started}\\b`, "g"))?.length).toBeGreaterThanOrEqual(2);
  });

  it.each(loads)("calls the command of the project, from a folder below too: %s", async (load) => {
    using project = createInstalled();
    const status = STATUS[shell] ?? "$?";
    const script = `${load}\njobs tasks --json\ncd sub/deep\njobs stat\necho status ${status}\njobs -h`;
    const { stdout, stderr } = await runScript(shell, project, script);
    expect(stdout).toContain('"schema":"jobs.tasks/1"');
    expect(stdout).toContain("status 2\n");
    expect(stderr).toContain("Did you mean jobs stats?");
    expect(stdout).toContain("  $ jobs COMMAND\n");
  });

  it("takes a command of the PATH where no project has one, else that of the registry", async () => {
    using project = createInstalled({ "bin/npx": '#!/bin/sh\necho "npx $*"\n' });
    const { stdout: text } = await runScript(
      shell,
      project,
      `node_modules/.bin/jobs-cli shell ${shellName(shell)}`,
    );
    const folder = mkdtempSync(join(tmpdir(), "jobs-shell-"));
    try {
      const load = shell === "fish" ? "echo $TEXT | source" : 'eval "$TEXT"';
      const bin = `${project.folder}/node_modules/.bin`;
      // What runs the tests puts the commands of this repository there.
      const folders = (process.env.PATH ?? "").split(delimiter);
      const path = folders.filter((one) => !one.includes("node_modules")).join(delimiter);
      const withBin = { TEXT: text, PATH: `${bin}:${path}` };
      const found = await runScript(shell, { folder }, `${load}\njobs version`, withBin);
      expect(found.stdout).toMatch(/^jobs .*, Node v/);
      const script = `chmod +x ${project.folder}/bin/npx\n${load}\njobs stats --json`;
      const asked = await runScript(shell, { folder }, script, {
        TEXT: text,
        PATH: `${project.folder}/bin:${path}`,
      });
      expect(asked.stdout).toBe("npx @jobs/cli stats --json\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const shellName = (shell: string) => (shell === "dash" ? "sh" : shell);

describe.each(["bash", "zsh"].filter(hasShell))("completion on a terminal in %s", (shell) => {
  it("completes verbs, flags, values, tasks and parameters; `%` is the shell's", {
    timeout: 60_000,
  }, async () => {
    using project = createInstalled();
    const terminal = openTerminal(shell, project);
    const start = shell === "zsh" ? "autoload -U compinit; compinit -D; " : "";
    terminal.type(`${start}${LOAD}; echo rea"dy"\n`);
    await terminal.shows(/ready/);
    terminal.type("jobs enqueue my_t\ta\t1 b\t2\n");
    await terminal.shows(/queued my_task/);
    terminal.type("jobs sta\t--form\tpr\t\n");
    await terminal.shows(/jobs_queue_jobs\{/);
    terminal.type("jobs sh\to\t01\t\n");
    await terminal.shows(/task +my_task|my_task/);
    terminal.type("sleep 60 &\njobs %sl\t\n");
    await terminal.shows(/running\s+sleep/i);
    terminal.type("kill %1; exit\n");
  });
});

it.runIf(hasShell("fish"))("completes in fish, with descriptions", async () => {
  using project = createInstalled();
  await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--id", "order-17"]);
  const offers = async (line: string) => {
    const script = `${SHELLS.at(-2)?.[1]}\ncomplete -C ${JSON.stringify(line)}`;
    return (await runScript("fish", project, script)).stdout;
  };
  expect(await offers("jobs sta")).toBe(
    "stats\tCount the jobs of the queues; watch them, or fail over a limit.\n",
  );
  expect(await offers("jobs-cli enqueue my_task ")).toBe("a=\tnumber\nb=\tnumber\n");
  expect(await offers("jobs stats --format=p")).toBe("--format=prom\n");
  expect(await offers("jobs cancel or")).toBe("order-17\tmy_task ready\n");
  expect(await offers("jobs enqueue --batch ap")).toBe("app.mjs\n");
});

it("refuses a shell that it has no text for", async () => {
  using project = createInstalled();
  expect(await project.jobs(["shell", "tcsh"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("bash"),
  });
});
