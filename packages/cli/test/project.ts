import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** The command, which is built before. */
export const BIN = join(ROOT, "bin", "jobs.js");
const FIXTURES = join(ROOT, "test", "fixtures");

/** What a command did. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Below the project's folder. */
  readonly cwd?: string;
  /** A file descriptor. Default: a pipe that is read. */
  readonly stdout?: number;
}

/** A project of its own: a configuration file, an app, and SQLite in `.jobs`. Removed at the end of the test. */
export interface TestProject extends Disposable {
  readonly folder: string;
  /** Runs the built command in a process of its own. */
  jobs(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** The same, parsed from stdout. */
  json(args: readonly string[], options?: RunOptions): Promise<Record<string, unknown>>;
  /** Starts the command and leaves it running. */
  start(args: readonly string[], options?: RunOptions): ChildProcess;
  write(file: string, text: string): void;
}

/** Files to add to a fixture, by name; `null` leaves one out. */
export type ProjectFiles = Readonly<Record<string, string | null>>;

/** Copies a fixture into a new folder, inside this package so that packages resolve as in any project. */
export function createProject(files: ProjectFiles = {}, fixture = "project"): TestProject {
  mkdirSync(join(ROOT, ".tmp"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".tmp", "project-"));
  cpSync(join(FIXTURES, fixture), folder, { recursive: true });
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  for (const [file, text] of Object.entries(files)) {
    if (text === null) rmSync(join(folder, file));
    else write(file, text);
  }
  const start = (args: readonly string[], { env = {}, cwd = ".", stdout }: RunOptions = {}) =>
    spawn(process.execPath, [BIN, ...args], {
      cwd: join(folder, cwd),
      env: { ...cleanEnv(), ...env },
      stdio: ["pipe", stdout ?? "pipe", "pipe"],
    });
  const jobs = async (args: readonly string[], options: RunOptions = {}) => {
    const child = start(args, options);
    // A command may end before it has read, or without.
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input ?? "");
    return outcomeOf(child);
  };
  return {
    folder,
    start,
    jobs,
    write,
    async json(args, options) {
      const { stdout, stderr } = await jobs(args, options);
      if (stdout.trim().split("\n").length !== 1) throw new Error(`not one line of JSON: ${stdout}${stderr}`);
      return JSON.parse(stdout);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Waits for the end of a process and all it wrote. */
export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, "close");
  return { code, stdout, stderr };
}

/** Waits until a process has written `text` to stderr. */
export function hasSaid(child: ChildProcess, text: string): Promise<void> {
  let heard = "";
  return new Promise((resolve, reject) => {
    child.stderr?.on("data", (chunk) => {
      heard += chunk;
      if (heard.includes(text)) resolve();
    });
    child.once("close", () => reject(new Error(`ended without saying ${text}: ${heard}`)));
  });
}

/** Settings of whoever runs the tests, and of the package manager that started them, must not reach the command. */
export function cleanEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(JOBS_|NODE_|VITEST|FORCE_COLOR|npm_)/.test(name),
  );
  return Object.fromEntries(kept);
}
