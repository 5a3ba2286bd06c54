import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment } from "@jobs/core/config";

const EXAMPLE = fileURLToPath(new URL("..", import.meta.url));
const JOBS = join(dirname(createRequire(import.meta.url).resolve("@jobs/cli/package.json")), "bin/jobs.js");

/** How a `jobs` process ended. */
export interface JobsExit {
  /** `null` where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
}

/** Runs the `jobs` command and passes its output on. On abort it gets a SIGTERM and may finish its jobs. */
export class JobsCommand {
  readonly #env: Environment;
  readonly #signal: AbortSignal;

  constructor(env: Environment, signal: AbortSignal) {
    // Fewer log lines of the workers, so that those of the host can be seen.
    this.#env = { JOBS_LOG_LEVEL: "warn", ...env };
    this.#signal = signal;
  }

  /** Resolves when the process has ended; `input` is what it reads. */
  async run(args: readonly string[], input = ""): Promise<JobsExit> {
    // In the environment, not in a flag: all users of the machine can read the flags of a process.
    const child = spawn(process.execPath, [JOBS, ...args], { cwd: EXAMPLE, env: this.#env });
    child.stderr.on("data", (text) => process.stderr.write(text));
    // A process may end before it has read all; its status decides.
    child.stdin.on("error", () => undefined).end(input);
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    return { code: await this.#end(child), stdout };
  }

  async #end(child: ChildProcess): Promise<number | null> {
    const terminate = () => child.kill("SIGTERM");
    this.#signal.addEventListener("abort", terminate);
    try {
      const [code] = (await once(child, "close")) as [number | null];
      return code;
    } finally {
      this.#signal.removeEventListener("abort", terminate);
    }
  }
}
