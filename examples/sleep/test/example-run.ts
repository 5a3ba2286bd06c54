import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const EXAMPLE = fileURLToPath(new URL("..", import.meta.url));

/** Runs the jobs command inside the example. */
export function runJobs(args: readonly string[], variables: Variables): ExampleRun {
  return new ExampleRun(args, variables, "../../packages/cli/bin/jobs.js");
}

/** Variables for the example, and for the workers that it starts. */
export type Variables = Readonly<Record<string, string>>;

/** One process of the example. */
export class ExampleRun {
  readonly child: ChildProcess;
  readonly #closed: Promise<unknown>;
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], variables: Variables = {}, program = "start.mjs") {
    const env = { ...process.env, ...variables };
    this.child = spawn(process.execPath, [program, ...args], { cwd: EXAMPLE, env });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.#closed = once(this.child, "close");
  }

  /** Its status, after it and all its children have ended. */
  async end(): Promise<number | null> {
    await this.#closed;
    return this.child.exitCode;
  }

  /** Resolves when its workers have logged `count` events of this name. */
  async untilEvents(name: string, count: number): Promise<void> {
    while (this.events(name).length < count) await once(this.child.stderr as NodeJS.ReadableStream, "data");
  }

  /** Events that its workers have logged, with their fields. */
  events(name: string): readonly Readonly<Record<string, unknown>>[] {
    const whole = this.stderr.slice(0, this.stderr.lastIndexOf("\n") + 1);
    const lines = whole.split("\n").filter((line) => line.includes(`"msg":"${name}"`));
    return lines.map((line) => JSON.parse(line));
  }

  /** The table at the end: jobs and seconds slept by worker, `all` included. */
  table(): ReadonlyMap<string, { readonly jobs: number; readonly sleptMs: number }> {
    const rows = this.stdout.matchAll(/^(\S+) +(\d+) +([\d.]+) s$/gm);
    return new Map(
      [...rows].map(([, worker = "", jobs, slept]) => [
        worker,
        { jobs: Number(jobs), sleptMs: Math.round(Number(slept) * 1_000) },
      ]),
    );
  }
}
