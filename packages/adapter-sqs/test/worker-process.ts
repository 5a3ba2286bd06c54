import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startStopwatch } from "@jobs/core/testing";
import type { SqsEndpoint } from "@jobs/test-servers";
import { atEndpoint } from "./sqs-world.ts";

const PROGRAM = fileURLToPath(new URL("./processes/work.mjs", import.meta.url));

/** A worker in a process of its own; ended with the test. */
export class WorkerProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #said: string[] = [];
  readonly #closed: Promise<unknown>;

  constructor(endpoint: SqsEndpoint, options: { readonly jobMs: number; readonly leaseMs?: number }) {
    const argument = JSON.stringify({ ...atEndpoint(endpoint), ...options });
    this.#child = spawn(process.execPath, [PROGRAM, argument], { stdio: ["ignore", "pipe", "inherit"] });
    this.#closed = once(this.#child, "close");
    if (this.#child.stdout === null) throw new Error("the worker has no output");
    createInterface(this.#child.stdout).on("line", (line) => void this.#said.push(line));
  }

  /** What it has said so far. */
  get said(): readonly string[] {
    return this.#said;
  }

  /** Asks it to stop, and tells with what code and after how many ms it has ended. */
  async terminate(): Promise<{ readonly code: number | null; readonly tookMs: number }> {
    const sinceAskedMs = startStopwatch();
    this.#child.kill("SIGTERM");
    await this.#closed;
    return { code: this.#child.exitCode, tookMs: sinceAskedMs() };
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL");
    await this.#closed;
  }
}
