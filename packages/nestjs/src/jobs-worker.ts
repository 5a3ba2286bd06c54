import type { App, Worker, WorkerOptions, WorkerReport } from "@jobs/core";
import { callListener, describeThrown, isError, isSubstituted } from "@jobs/core/runtime";
import { Logger, type OnApplicationBootstrap, type OnModuleDestroy, type OnModuleInit } from "@nestjs/common";

/** What a {@link JobsWorker} is made of. */
export interface JobsWorkerParts {
  readonly app: App;
  /** `undefined`: this process runs no jobs. */
  readonly options: Omit<WorkerOptions, "ownsProcess" | "broker"> | undefined;
  /** Called when the worker ends although nobody stopped it. */
  readonly onStopped: ((how: WorkerReport | Error) => void) | undefined;
  /** Checks the handlers, once all instances are made. @throws ConfigError */
  checkHandlers(): void;
}

/**
 * The worker of this process. It starts when the application has started, and stops before any other provider is
 * destroyed. Inject it for the pages of a probe.
 */
export class JobsWorker implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  readonly #parts: JobsWorkerParts;
  readonly #logger = new Logger("JobsWorker");
  #worker: Worker | undefined;
  #isStopping = false;

  constructor(parts: JobsWorkerParts) {
    this.#parts = parts;
  }

  /** The worker; `undefined` before it starts, and where this process runs no jobs. */
  get worker(): Worker | undefined {
    return this.#worker;
  }

  /** Whether it takes jobs now, for a readiness probe. See `Worker.isReady`. */
  get isReady(): boolean {
    return this.#worker?.isReady ?? false;
  }

  /** @throws ConfigError for a handler that cannot run */
  onModuleInit(): void {
    this.#parts.checkHandlers();
  }

  /**
   * Resolves when the worker takes jobs. In a test with `fake(app)` there is none: the test runs the jobs.
   * @throws what `Worker.run` throws: the application does not start either
   */
  async onApplicationBootstrap(): Promise<void> {
    const { app, options } = this.#parts;
    if (options === undefined || isSubstituted(app)) return;
    const worker = app.worker({ ...options, ownsProcess: false });
    this.#worker = worker;
    const { started, forget } = startOf(app, worker);
    const ended = worker.run();
    try {
      await Promise.race([started, ended]);
    } finally {
      forget();
    }
    ended.then(
      (report) => this.#stopped(report),
      (error) => this.#stopped(error),
    );
  }

  /** Takes no more jobs, and lets the running ones end, as long as `shutdownTimeoutMs` says. */
  async onModuleDestroy(): Promise<void> {
    this.#isStopping = true;
    // Whoever runs it gets its error.
    await this.#worker?.stop().catch(() => {});
  }

  #stopped(how: WorkerReport | Error): void {
    if (this.#isStopping) return;
    const { onStopped } = this.#parts;
    if (onStopped !== undefined) {
      const complain = (error: unknown) => this.#logger.error(`onStopped failed: ${describeThrown(error)}`);
      return callListener(() => onStopped(how), complain);
    }
    const why = isError(how) ? describeThrown(how) : how.cause;
    this.#logger.error(`The worker has ended, and this process runs no more jobs: ${why}`);
  }
}

/** Resolves when a worker takes jobs. */
function startOf(app: App, worker: Worker): { readonly started: Promise<void>; forget(): void } {
  let forget = () => {};
  const started = new Promise<void>((resolve) => {
    forget = app.observe((event) => {
      if (event.type === "worker.started" && event.worker === worker.identity) resolve();
    });
  });
  return { started, forget };
}
