import { serializeError } from "../errors/serialized-error.ts";
import { keepAliveClock } from "../runtime/clock.ts";
import { createGate, type Gate } from "../runtime/gate.ts";
import { loadPart } from "../runtime/load-part.ts";
import { createSharedAbort } from "../runtime/shared-abort.ts";
import { listenToStopSignals } from "../runtime/stop-signals.ts";
import type { Engine } from "./engine.ts";
import type { OpenQueue } from "./fetch/open-queues.ts";
import { announceTasks, runningJobs, type WorkerPresence } from "./presence/heartbeat.ts";
import { handleUncaughtErrors } from "./stop/uncaught-errors.ts";
import type { Worker } from "./worker.ts";
import type { EarlyParts, LateParts, WorkerParts } from "./worker-parts.ts";
import {
  createWorkerCounters,
  reportOf,
  type StopCause,
  settledJobs,
  type WorkerReport,
} from "./worker-report.ts";

/**
 * Creates a worker: new → starting → running → draining → stopped, once. The code of its engine is loaded when it runs,
 * and so is what `loadLate` makes.
 */
export function createWorker(parts: EarlyParts, loadLate: () => Promise<LateParts>): Worker {
  return new JobsWorker(parts, loadLate);
}

/** The code of a worker at work, and what it watches. */
interface AtWork {
  readonly code: typeof import("./at-work.ts");
  readonly parts: WorkerParts;
  readonly watches: ReturnType<typeof import("./at-work.ts").createWatches>;
}

class JobsWorker implements Worker {
  readonly identity: string;
  readonly #parts: EarlyParts;
  readonly #loadLate: () => Promise<LateParts>;
  readonly #counters = createWorkerCounters();
  readonly #gate: Gate;
  readonly #starting = createSharedAbort();
  #state: Worker["state"] = "new";
  /** ms since 1970. */
  #startedAt = 0;
  #engine: Engine | undefined;
  #cause: StopCause | undefined;
  #isForced = false;
  #report: Promise<WorkerReport> | undefined;

  constructor(parts: EarlyParts, loadLate: () => Promise<LateParts>) {
    this.#parts = parts;
    this.#loadLate = loadLate;
    this.identity = parts.identity;
    this.#gate = createGate(parts.runtime.clock);
  }

  get state(): Worker["state"] {
    return this.#state;
  }

  get isReady(): boolean {
    if (this.#state !== "running" || this.#engine === undefined) return false;
    const { pollers, delayed, slots } = this.#engine;
    return delayed < slots.total && pollers.every((poller) => !poller.isDown);
  }

  get delayed(): number {
    return this.#engine?.delayed ?? 0;
  }

  get stuck(): number {
    return this.#engine?.slots.stuck ?? 0;
  }

  get running(): number {
    return this.#engine?.slots.occupied ?? 0;
  }

  get settled(): number {
    return settledJobs(this.#counters);
  }

  run(): Promise<WorkerReport> {
    this.#report ??= this.#runToEnd();
    return this.#report;
  }

  stop(cause: StopCause = "stop"): Promise<WorkerReport> {
    this.#requestStop(cause);
    this.#report ??= Promise.resolve(reportOf(this.#counters, this.identity, cause, 0));
    return this.#report;
  }

  force(): Promise<WorkerReport> {
    this.#cause = "forced";
    this.#isForced = true;
    this.#requestStop("forced");
    this.#gate.notify();
    return this.stop("forced");
  }

  #requestStop(cause: StopCause): void {
    this.#cause ??= cause;
    this.#starting.abort();
    this.#gate.notify();
  }

  async #runToEnd(): Promise<WorkerReport> {
    const { clock } = this.#parts.runtime;
    const startedAt = clock.monotonic();
    this.#startedAt = clock.now();
    const disownProcess = this.#parts.ownsProcess ? this.#ownProcess() : () => {};
    try {
      this.#state = "starting";
      this.#warnOfShortReach();
      const atWork = await this.#load();
      const { code, parts, watches } = atWork;
      await Promise.all(parts.services.map((service) => service.prepare()));
      const queues = await code.openQueues(parts, this.#starting.signal);
      await watches.cancellations.begin();
      if (queues.some(({ consumer }) => !consumer.capabilities.pause)) await watches.pauses.begin();
      this.#engine = this.#start(queues, atWork);
      watches.heartbeat.begin();
      for (const service of parts.services) service.begin();
      await this.#gate.until(() => this.#cause !== undefined, Number.POSITIVE_INFINITY);
      await this.#drain(this.#engine, atWork);
    } catch (error) {
      // A stop while the broker was still down is a stop, not a failed start.
      if (this.#cause === undefined) throw error;
    } finally {
      this.#state = "stopped";
      disownProcess();
    }
    return reportOf(this.#counters, this.identity, this.#cause ?? "stop", clock.monotonic() - startedAt);
  }

  async #load(): Promise<AtWork> {
    const [code, late] = await loadPart(() => Promise.all([import("./at-work.ts"), this.#loadLate()]));
    const parts = { ...this.#parts, ...late };
    const watches = code.createWatches(parts, {
      engine: () => this.#engine,
      describe: () => this.#describe(),
    });
    return { code, parts, watches };
  }

  #describe(): WorkerPresence {
    const { settings, runtime, config, tasks, handlers } = this.#parts;
    const { release } = config;
    return {
      worker: this.identity,
      state: this.#state === "running" ? "running" : "draining",
      isReady: this.isReady,
      queues: this.#engine?.pollers.map(({ inFlight }) => inFlight.queue) ?? [],
      running: this.running,
      delayed: this.delayed,
      jobs: runningJobs(this.#engine?.runs() ?? [], runtime.clock),
      concurrency: settings.concurrency,
      settled: this.settled,
      ...announceTasks(
        tasks.tasks.filter(({ name }) => handlers.has(name)),
        this.#engine?.limits() ?? [],
      ),
      ...(release === undefined ? {} : { release }),
      node: process.version,
      startedAt: this.#startedAt,
      seenAt: runtime.clock.now(),
    };
  }

  #warnOfShortReach(): void {
    const { resultsReach, runtime } = this.#parts;
    if (resultsReach?.status !== "failed") return;
    const { message, hint } = resultsReach;
    runtime.logger.warn({ hint }, message);
  }

  /** Handles signals and uncaught errors of the process, and keeps it alive, until the result is called. */
  #ownProcess(): () => void {
    const { runtime, lifecycle } = this.#parts;
    // Without sockets of a broker, nothing else would keep an idle worker's process alive.
    const letEnd = keepAliveClock.schedule(Number.POSITIVE_INFINITY, () => {});
    const unlisten = listenToStopSignals({
      onStop: (signal) => this.#requestStop(signal),
      onForce: () => void this.force(),
      clock: runtime.clock,
    });
    const unhandle = handleUncaughtErrors({
      onException: () => this.#requestStop("uncaught_exception"),
      onUncaught: (thrown, isOfJob) => {
        const error = serializeError(thrown);
        lifecycle.publish({
          type: "worker.uncaught",
          worker: this.identity,
          error,
          isOfJob,
          at: runtime.clock.now(),
        });
      },
      owns: (run) => [...(this.#engine?.runs() ?? [])].includes(run),
      runtime,
    });
    return () => {
      unhandle();
      unlisten();
      letEnd();
    };
  }

  #start(queues: readonly OpenQueue[], { code, parts, watches }: AtWork): Engine {
    const { cancellations, pauses, heartbeat } = watches;
    const engine = new code.Engine(parts, queues, {
      counters: this.#counters,
      cancellations,
      pauses,
      onTurnEnd: () => this.#gate.notify(),
      limitReached: () => heartbeat.writeSoon(),
      end: (cause) => this.#requestStop(cause),
    });
    this.#state = "running";
    const { lifecycle, runtime } = this.#parts;
    const names = queues.map(({ name }) => name);
    lifecycle.publish({
      type: "worker.started",
      worker: this.identity,
      queues: names,
      at: runtime.clock.now(),
    });
    engine.wake();
    return engine;
  }

  async #drain(engine: Engine, { code, parts, watches }: AtWork): Promise<void> {
    const { settings, lifecycle, runtime, services } = parts;
    const publish = (type: "worker.draining" | "worker.stopped") => {
      const cause = this.#cause ?? "stop";
      lifecycle.publish({ type, worker: this.identity, cause, at: runtime.clock.now() });
    };
    this.#state = "draining";
    publish("worker.draining");
    watches.heartbeat.write();
    engine.loop.stop();
    const servicesEnded = Promise.all(services.map((service) => service.end()));
    await code.shutDown({
      runtime,
      engine,
      counters: this.#counters,
      gate: this.#gate,
      graceMs: settings.shutdownTimeoutMs,
      isForced: () => this.#isForced,
    });
    engine.stop();
    watches.cancellations.end();
    watches.pauses.end();
    await servicesEnded;
    await watches.heartbeat.end();
    runtime.limited.flush();
    publish("worker.stopped");
  }
}
