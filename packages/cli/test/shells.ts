import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import {
  cleanEnv,
  createProject,
  type Outcome,
  outcomeOf,
  type ProjectFiles,
  type TestProject,
} from "./project.ts";

const BIN = fileURLToPath(new URL("../bin", import.meta.url));

/** How each shell is started so that it reads no files of a user. */
const PLAIN: Readonly<Record<string, readonly string[]>> = {
  bash: ["--norc"],
  zsh: ["-f"],
  fish: ["--no-config"],
  dash: [],
};

/** Completion gives up early elsewhere, but a busy machine is no fault. */
const UNHURRIED = { JOBS_TIMEOUT: "60s" };

/** Set by the workflow, which installs all of them: there a missing shell fails the tests instead of leaving them out. */
const ARE_ALL_NEEDED = process.env.JOBS_TEST_SHELLS === "all";

/**
 * Whether a shell is installed. One that is not is named on stderr, and its tests are left out.
 * @throws if `JOBS_TEST_SHELLS` is `all`
 */
export function hasShell(shell: string): boolean {
  if (spawnSync(shell, ["-c", "true"]).status === 0) return true;
  const notice = `${shell} is not installed, so its tests are left out: apt-get install ${shell}`;
  if (ARE_ALL_NEEDED) throw new Error(notice);
  process.stderr.write(`${notice}\n`);
  return false;
}

/** A project in which the command is installed as npm installs it. */
export function createInstalled(files: ProjectFiles = {}): TestProject {
  const project = createProject({ "sub/deep/empty.txt": "", ...files });
  mkdirSync(join(project.folder, "node_modules/.bin"), { recursive: true });
  for (const name of ["jobs", "jobs-cli", "cli"])
    symlinkSync(join(BIN, `${name}.js`), join(project.folder, "node_modules/.bin", name));
  return project;
}

/** Runs a script in a shell. */
export function runScript(
  shell: string,
  { folder }: Pick<TestProject, "folder">,
  script: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const args = [...(PLAIN[shell] ?? []), "-c", script];
  return outcomeOf(spawn(shell, args, { cwd: folder, env: { ...cleanEnv(), ...UNHURRIED, ...env } }));
}

/** A shell on a terminal. */
export interface Terminal {
  /** Types keys, such as `jobs st\t\n`. */
  type(keys: string): void;
  /** Resolves when the shell has shown a text that was not shown before the last call. */
  shows(expected: RegExp): Promise<void>;
}

/** Starts an interactive shell in the project's folder. */
export function openTerminal(shell: string, { folder }: Pick<TestProject, "folder">): Terminal {
  const command = [shell, ...(PLAIN[shell] ?? []), "-i"].join(" ");
  const env = { ...cleanEnv(), ...UNHURRIED, TERM: "dumb", HISTFILE: "/dev/null" };
  const child: ChildProcess = spawn("script", ["-qec", command, "/dev/null"], { cwd: folder, env });
  onTestFinished(() => void child.kill("SIGKILL"));
  let shown = "";
  const waiting = new Set<() => void>();
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    for (const look of waiting) look();
  });
  return {
    type: (keys) => void child.stdin?.write(keys),
    shows: (expected) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = expected.exec(shown);
          if (found === null) return;
          shown = shown.slice(found.index + found[0].length);
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        child.once("close", () => reject(new Error(`ended without ${expected}: ${shown}`)));
        look();
      }),
  };
}
