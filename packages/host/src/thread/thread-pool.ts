import type { Piscina } from "piscina";
import { THREAD_MAIN } from "../entry-files.ts";

/** How the threads of a pool are made. */
export interface ThreadPoolOptions {
  /** How many at the most. Default: one for each core. */
  readonly max?: number;
  /** Flags of Node for the threads. Default: those of this process. */
  readonly execArgv?: readonly string[];
}

/** Threads that handlers share: no more of them at work than cores can serve. */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  #threads: Promise<Piscina> | undefined;

  constructor(options: ThreadPoolOptions = {}) {
    this.#options = options;
  }

  /** Starts nothing yet: the first thread comes with the first job that needs one. */
  threads(): Promise<Piscina> {
    this.#threads ??= openThreads(this.#options);
    return this.#threads;
  }
}

/** A thread without work lives on for so long, in ms: starting one costs more than keeping it. */
const IDLE_MS = 30_000;

async function openThreads({ max, execArgv }: ThreadPoolOptions): Promise<Piscina> {
  const [{ Piscina }, { availableParallelism }] = await Promise.all([import("piscina"), import("node:os")]);
  const threads = new Piscina({
    filename: THREAD_MAIN.href,
    name: "runJob",
    minThreads: 0,
    maxThreads: max ?? availableParallelism(),
    idleTimeout: IDLE_MS,
    ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
  });
  // A thread that dies of what a finished job has left behind takes no job with it, and is replaced with the next one.
  threads.on("error", () => {});
  return threads;
}
