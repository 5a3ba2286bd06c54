import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment } from "@jobs/core/config";

const EXAMPLE = fileURLToPath(new URL("..", import.meta.url));
const JOBS = join(dirname(createRequire(import.meta.url).resolve("@jobs/cli/package.json")), "bin/jobs.js");

/** How a `jobs` process came to its end. */
export interface JobsExit {
  /** `null` where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
}

/** Runs the `jobs` command and passes on what it has to say. On abort it gets a SIGTERM and ends in its own time. */
export class JobsCommand {
  readonly #env: Environment;
  readonly #signal: AbortSignal;

  constructor(env: Environment, signal: AbortSignal) {
    // Three workers that tell of everything hide what the host has to say.
    this.#env = { JOBS_LOG_LEVEL: "warn", ...env };
    this.#signal = signal;
  }

  /** Resolves when the process has ended; `input` is what it reads. */
  async run(args: readonly string[], input = ""): Promise<JobsExit> {
    // By the environment, not by a flag: everybody on the machine can read the flags of a process.
    const child = spawn(process.execPath, [JOBS, ...args], { cwd: EXAMPLE, env: this.#env });
    child.stderr.on("data", (text) => process.stderr.write(text));
    // One that ends before it has read all is judged by its status.
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
