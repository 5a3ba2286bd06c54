import { type ChildProcess, fork } from "node:child_process";
import { on, once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ContenderKind, Stage } from "./contender.ts";

/** What a process of a contender has used since its start. */
export interface ProcessUse {
  readonly cpuMs: number;
  /** Physical memory now. */
  readonly residentMb: number;
}

const PROGRAM = fileURLToPath(new URL("contender-process.js", import.meta.url));

/** A contender in a process of its own. It ends with this process at the latest. */
export class ContenderProcess implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts it, and waits until it is connected. It does not work yet. */
  static async start(
    stage: Stage,
    kind: ContenderKind,
    target: string,
    concurrency: number,
  ): Promise<ContenderProcess> {
    const child = fork(PROGRAM, [stage.title, kind.name, target, String(concurrency)], { execArgv: [] });
    const one = new ContenderProcess(child);
    await one.#answer("number");
    return one;
  }

  /** Lets it run every job that arrives. */
  serve(): void {
    this.#child.send("serve");
  }

  /** Lets it send a job. */
  send(): void {
    this.#child.send("send");
  }

  async use(): Promise<ProcessUse> {
    const answer = this.#answer("object");
    this.#child.send("use");
    return (await answer) as ProcessUse;
  }

  /** Calls `onRan` with the number of jobs that it has run since the last call. Rejects when the process ends. */
  async count(onRan: (count: number) => void): Promise<never> {
    this.#child.on("message", (message) => {
      if (typeof message === "number") onRan(message);
    });
    return this.#ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  /** The next message of this kind. The numbers of {@link count} may come in between. */
  async #answer(kind: "number" | "object"): Promise<unknown> {
    const ended = new AbortController();
    const answered = async () => {
      for await (const [message] of on(this.#child, "message", { signal: ended.signal })) {
        if (typeof message === kind) return message;
      }
    };
    try {
      return await Promise.race([answered(), this.#ended()]);
    } finally {
      ended.abort();
    }
  }

  /** Rejects when the process ends. */
  async #ended(): Promise<never> {
    const [code] = await once(this.#child, "exit");
    throw new Error(`a process of a contender ended with exit code ${code}.`);
  }
}
