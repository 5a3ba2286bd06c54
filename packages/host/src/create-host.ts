import { availableParallelism, hostname } from "node:os";
import { fileURLToPath } from "node:url";
import { ConfigError } from "@jobs/core";
import {
  callListener,
  createSharedAbort,
  listenToStopSignals,
  optionsCheck,
  required,
  optionRules as rule,
  sumReports,
  systemClock,
  toError,
  WORKER_RULES,
} from "@jobs/core/runtime";
import type {
  AppProgram,
  Host,
  HostCause,
  HostEvent,
  HostOptions,
  HostReport,
  OwnProgram,
  ProcessEnd,
} from "./host.ts";
import { EXIT_INTERNAL } from "./process/host-messages.ts";
import type { ProcessProgram } from "./process/hosted-process.ts";
import { ProcessSlot, type ProcessSlotParts } from "./process/process-slot.ts";
import { checkRecycleLimits } from "./process/recycle-limits.ts";

/** The program of a worker process. It is compiled: a process starts with Node alone. */
const CHILD_MAIN = new URL("../dist/child-main.js", import.meta.url);

/** One of `app` and `program` is required, which a list of names cannot express. */
const checkHostOptions = optionsCheck<
  Partial<AppProgram> & Partial<OwnProgram> & Omit<HostOptions, "app" | "program" | "worker" | "recycle">
>({
  processes: rule.whole(1),
  execArgv: rule.listOf("texts", rule.text),
  onEvent: rule.func,
  app: rule.url,
  worker: rule.nested(optionsCheck<NonNullable<AppProgram["worker"]>>(WORKER_RULES)),
  recycle: rule.nested(checkRecycleLimits),
  program: rule.nested(
    optionsCheck<OwnProgram["program"]>({
      file: required(rule.text),
      args: required(rule.listOf("texts", rule.textOrEmpty)),
    }),
  ),
});

/**
 * Creates a parent of several worker processes; nothing is started yet.
 * @throws ConfigError for an invalid number of processes.
 */
export function createHost(options: HostOptions): Host {
  checkHostOptions(options, "createHost");
  const { app, program } = options as Partial<AppProgram & OwnProgram>;
  if ((program === undefined) === (app === undefined)) {
    throw new ConfigError("createHost needs either app or program, and one of them.", {
      hint: 'Write app: new URL("./app.js", import.meta.url).',
    });
  }
  return new JobsHost(options, options.processes ?? availableParallelism());
}

class JobsHost implements Host {
  readonly #onEvent: HostOptions["onEvent"];
  readonly #slots: readonly ProcessSlot[];
  readonly #stopping = createSharedAbort();
  #completed = 0;
  #cause: HostCause | undefined;
  #exitCode: number | undefined;
  /** Called whenever a slot begins to serve, and when the host stops. */
  #waiting: (() => void)[] = [];
  #replacing: Promise<void> = Promise.resolve();
  #life: Promise<HostReport> | undefined;

  constructor(options: HostOptions, processes: number) {
    this.#onEvent = options.onEvent;
    const parts: ProcessSlotParts = {
      program: programOf(options),
      stopping: this.#stopping.signal,
      isProven: () => this.#isProven,
      onServing: () => this.#wake(),
      oneAtATime: (replace) => {
        this.#replacing = this.#replacing.then(replace);
      },
      publish: (event) => this.#publish(event),
    };
    this.#slots = Array.from({ length: processes }, (_, index) => new ProcessSlot(index + 1, parts));
  }

  get isReady(): boolean {
    return !this.#isStopping && this.#slots.some(({ isReady }) => isReady);
  }

  get pids(): readonly number[] {
    return this.#slots.flatMap(({ pid }) => pid ?? []);
  }

  async start(): Promise<void> {
    const life = this.join();
    await Promise.race([life, this.#untilServing(() => this.#slots.every(({ hasServed }) => hasServed))]);
    if (this.#cause !== "start_failed") return;
    const { exitCode } = await life;
    throw new ConfigError(`no worker process began to serve; the first ended with exit code ${exitCode}.`, {
      hint: "Its stderr has the reason.",
    });
  }

  stop(cause: HostCause = "stop"): Promise<HostReport> {
    if (!this.#isStopping) {
      this.#beginStop(cause);
      for (const slot of this.#slots) slot.stop();
    }
    return this.join();
  }

  force(): Promise<HostReport> {
    this.#beginStop("forced");
    for (const slot of this.#slots) slot.force();
    return this.join();
  }

  join(): Promise<HostReport> {
    this.#life ??= this.#live();
    return this.#life;
  }

  async run(): Promise<HostReport> {
    const unlisten = listenToStopSignals({
      onStop: (signal) => void this.stop(signal),
      onForce: () => void this.force(),
      clock: systemClock,
    });
    try {
      return await this.join();
    } finally {
      unlisten();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  get #isProven(): boolean {
    return this.#slots.some(({ hasServed }) => hasServed);
  }

  #beginStop(cause: HostCause): void {
    this.#cause = cause;
    this.#stopping.abort();
    this.#wake();
  }

  async #live(): Promise<HostReport> {
    const startedAt = performance.now();
    await Promise.all(this.#slots.map((slot) => this.#serve(slot)));
    const count = (name: keyof ProcessSlot["counts"]) =>
      this.#slots.reduce((total, { counts }) => total + counts[name], 0);
    return {
      host: `${hostname()}:${process.pid}`,
      cause: this.#cause ?? "completed",
      processes: this.#slots.length,
      completed: this.#completed,
      restarts: count("restarts"),
      recycled: count("recycled"),
      killed: count("killed"),
      ...sumReports(this.#slots.flatMap(({ reports }) => reports)),
      seconds: Math.round(performance.now() - startedAt) / 1000,
      ...(this.#exitCode === undefined ? {} : { exitCode: this.#exitCode }),
    };
  }

  async #serve(slot: ProcessSlot): Promise<void> {
    // The first process shows whether the others can start, so that an error is reported only once.
    if (slot.number > 1) await this.#untilServing(() => this.#isProven);
    const kept = await slot.keep();
    if (kept.status === "failed") this.#failToStart(kept.end);
    if (kept.status !== "completed") return;
    this.#completed++;
    this.#publish({ type: "host.progress", completed: this.#completed, of: this.#slots.length });
  }

  /** With a broken configuration or a missing broker, the other processes would end in the same way. */
  #failToStart({ code }: ProcessEnd): void {
    // A process that ends with 0 before it serves has failed too.
    this.#exitCode ??= code === 0 ? EXIT_INTERNAL : (code ?? 1);
    void this.stop("start_failed");
  }

  /** Resolves when `isSo` returns true or the host stops. Only a slot that begins to serve changes the answer. */
  #untilServing(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => (isSo() || this.#isStopping ? resolve() : void this.#waiting.push(look));
      look();
    });
  }

  #wake(): void {
    for (const look of this.#waiting.splice(0)) look();
  }

  /** An error of the listener must not affect the processes. */
  #publish(event: HostEvent): void {
    callListener(
      () => this.#onEvent?.(event),
      (error) => process.emitWarning(toError(error), "JobsHostWarning"),
    );
  }
}

function programOf(options: HostOptions): ProcessProgram {
  const { execArgv = process.execArgv } = options;
  const { program } = options as Partial<OwnProgram>;
  if (program !== undefined) return { ...program, execArgv, orders: undefined };
  const { app, worker = {}, recycle = {} } = options as AppProgram;
  return { file: fileURLToPath(CHILD_MAIN), args: [], execArgv, orders: { app: app.href, worker, recycle } };
}
