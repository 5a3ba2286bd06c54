import type { MessagePort } from "node:worker_threads";
import { ConfigError } from "@jobs/core";
import { installCommand, readErrorText } from "@jobs/core/runtime";
import type { ThreadOutcome } from "./thread-messages.ts";

/** The program of a thread. It is compiled: a thread starts with Node alone. */
const THREAD_MAIN = new URL("../../dist/thread-main.js", import.meta.url);

/** The part of piscina that is used. Its types are not named: the package may be missing where the types are read. */
interface Threads {
  run(
    task: unknown,
    options: { readonly signal: AbortSignal; readonly transferList: MessagePort[] },
  ): Promise<ThreadOutcome>;
}

/** Options of a pool of threads. */
export interface ThreadPoolOptions {
  /** The most threads. Default: one for each core. */
  readonly max?: number;
  /** Flags of Node for the threads. Default: those of this process. */
  readonly execArgv?: readonly string[];
}

/** Threads that handlers share, so that no more of them work than there are cores. */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  #threads: Promise<Threads> | undefined;

  constructor(options: ThreadPoolOptions = {}) {
    this.#options = options;
  }

  /** Starts no thread yet: the first job that needs one starts it. */
  threads(): Promise<Threads> {
    this.#threads ??= openThreads(this.#options);
    return this.#threads;
  }
}

/** How long an idle thread is kept, in ms: starting one costs more than keeping it. */
const IDLE_MS = 30_000;

async function openThreads({ max, execArgv }: ThreadPoolOptions): Promise<Threads> {
  const [{ Piscina }, { availableParallelism }] = await Promise.all([
    import("piscina").catch(refuseWithout),
    import("node:os"),
  ]);
  const threads = new Piscina({
    filename: THREAD_MAIN.href,
    name: "runJob",
    minThreads: 0,
    maxThreads: max ?? availableParallelism(),
    idleTimeout: IDLE_MS,
    ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
  });
  // A thread that dies after its job, from something that the job left, fails no job. The next job starts another
  // thread.
  threads.on("error", () => {});
  return threads;
}

/** Only handlers in threads need the package, so it is a peer that may be missing. */
function refuseWithout(cause: unknown): never {
  if (readErrorText(cause, "code") !== "ERR_MODULE_NOT_FOUND") throw cause;
  throw new ConfigError("a handler in a thread needs the package piscina, which is not installed.", {
    cause,
    hint: `Install it beside @jobs/host: ${installCommand("piscina")}`,
  });
}
