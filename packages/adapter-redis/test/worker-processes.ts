import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { QUEUE, type RedisWorld } from "./redis-world.ts";

const PROGRAM = fileURLToPath(new URL("./processes/work.mjs", import.meta.url));

/** How the processes work. */
export interface WorkOptions {
  readonly leaseMs: number;
  readonly sweepMs: number;
  /** The longest time of a batch, in ms. */
  readonly workMs: number;
  /** Jobs in a batch. */
  readonly max: number;
}

/** Processes that run jobs of a world's queue. Another process replaces a killed one. */
export class WorkerProcesses implements AsyncDisposable {
  /** Starts of each job. */
  readonly starts = new Map<string, number>();
  /** Confirmed ends of each job. */
  readonly ends = new Map<string, number>();
  readonly #options: string;
  readonly #children: ChildProcess[] = [];

  constructor(world: RedisWorld, options: WorkOptions, count: number) {
    this.#options = JSON.stringify({ url: world.url, prefix: world.prefix, queue: QUEUE, ...options });
    for (let place = 0; place < count; place++) this.#children[place] = this.#start();
  }

  /** Ends the process at an index at once, and starts another. */
  async replace(place: number, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    await end(this.#children[place], signal);
    this.#children[place] = this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map((child) => end(child, "SIGTERM")));
  }

  #start(): ChildProcess {
    const child = spawn(process.execPath, [PROGRAM, this.#options], { stdio: ["ignore", "pipe", "inherit"] });
    createInterface(child.stdout).on("line", (line) => {
      const [word, id = ""] = line.split(" ");
      const counts = word === "start" ? this.starts : this.ends;
      counts.set(id, (counts.get(id) ?? 0) + 1);
    });
    return child;
  }
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill(signal);
  await closed;
}
