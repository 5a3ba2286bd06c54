import { setMaxListeners } from "node:events";
import { MAX_DELAY_MS } from "../runtime/delay.ts";
import { createFetchLoop, type FetchLoop } from "./fetch/fetch-loop.ts";
import type { OpenQueue } from "./fetch/open-queues.ts";
import { type PollerOwner, QueuePoller } from "./fetch/queue-poller.ts";
import { createSlots, type Slots } from "./limits/slots.ts";
import { TaskLimiter, type TaskLimitState } from "./limits/task-limiter.ts";
import type { Cancellations, QueuePauses } from "./presence/cancel-and-pause.ts";
import type { WorkerPresence } from "./presence/heartbeat.ts";
import { createTimeouts } from "./run/execution.ts";
import type { Run } from "./run/run.ts";
import { type DispatcherOwner, RunDispatcher } from "./run/run-dispatcher.ts";
import {
  longestWait,
  type StopWatcher,
  type WatchedQueue,
  type WatchedWork,
  watchStopCondition,
} from "./stop/stop-condition.ts";
import type { RunParts, WorkerParts } from "./worker-parts.ts";
import { type StopCause, settledJobs, type WorkerCounters } from "./worker-report.ts";

/** The worker of an {@link Engine}. */
export interface EngineOwner {
  readonly counters: WorkerCounters;
  readonly cancellations: Cancellations;
  readonly pauses: QueuePauses;
  /** Called after a change, at most once in an event-loop turn. */
  onTurnEnd(): void;
  /** Called while a limit of a task keeps a job from its start, perhaps often. */
  limitReached(): void;
  /** Stops the worker. */
  end(cause: StopCause): void;
}

/** Connects the parts of a worker: pollers, slots, leases, runs and settlements of its queues. */
export class Engine implements DispatcherOwner, PollerOwner, WatchedWork {
  readonly pollers: readonly QueuePoller[];
  readonly slots: Slots;
  readonly loop: FetchLoop;
  readonly #parts: RunParts;
  readonly #owner: EngineOwner;
  readonly #queues: readonly OpenQueue[];
  readonly #dispatcher: RunDispatcher;
  readonly #stopping = new AbortController();
  readonly #watch: StopWatcher;
  /** Number of received jobs. */
  #received = 0;
  #isAwake = false;
  /** Made once, since a worker with one slot has a turn for each job. */
  readonly #runTurn = () => this.#turn();

  /** Starts nothing yet; `wake` does. */
  constructor(parts: WorkerParts, queues: readonly OpenQueue[], owner: EngineOwner) {
    const { settings, until, runtime } = parts;
    this.#owner = owner;
    this.#queues = queues;
    // One listener for each job with a failing completion step; all slots may wait for the store.
    setMaxListeners(0, this.#stopping.signal);
    this.slots = createSlots(settings.concurrency, () => this.#unsettled());
    this.#parts = this.#createRunParts(parts);
    this.#dispatcher = new RunDispatcher(this.#parts, this);
    this.pollers = queues.map((queue) => {
      return new QueuePoller({ queue, runs: this.#parts, dispatcher: this.#dispatcher, owner: this });
    });
    const maxJobs = until?.type === "settled" ? until.jobs : Number.POSITIVE_INFINITY;
    this.loop = createFetchLoop({
      pollers: this.pollers,
      slots: this.slots,
      waitMs: longestWait(settings.waitMs, until),
      isStrictOrder: settings.isStrictOrder,
      allowance: () => maxJobs - this.#received - this.slots.reserved,
    });
    this.#watch = watchStopCondition(this, until, runtime);
  }

  /** The parts that all runs of this worker share. */
  #createRunParts(parts: WorkerParts): RunParts {
    const { counters, cancellations, pauses } = this.#owner;
    const { runtime, config } = parts;
    const tasks = this.#queues.flatMap((queue) => queue.tasks);
    const delays = this.#queues.map(({ consumer }) => consumer.capabilities.retryDelay.maxMs);
    return {
      ...parts,
      counters,
      cancellations,
      pauses,
      slots: this.slots,
      taskLimiter: new TaskLimiter(tasks, config.task, runtime, {
        wake: () => this.wake(),
        reached: () => this.#owner.limitReached(),
      }),
      timeouts: createTimeouts(runtime.clock, () => this.runs()),
      maxRetryDelayMs: Math.min(MAX_DELAY_MS, ...delays),
      delayed: new Set<Run>(),
      stopping: this.#stopping.signal,
    };
  }

  /** Every run whose settlement is not confirmed. */
  *runs(): Generator<Run, void> {
    for (const { inFlight } of this.pollers) yield* inFlight;
  }

  get isQuiet(): boolean {
    return this.pollers.every((poller) => poller.inFlight.size === 0);
  }

  get isDry(): boolean {
    return this.pollers.every(
      (poller) => (poller.isDry || poller.isWaiting || poller.isPaused) && !poller.isDown,
    );
  }

  get isDown(): boolean {
    return this.pollers.some((poller) => poller.isDown);
  }

  get hasAskedAll(): boolean {
    return this.pollers.every((poller) => poller.polls > 0 || poller.isPaused);
  }

  get settled(): number {
    return settledJobs(this.#owner.counters);
  }

  /** Number of done jobs whose result or next job cannot be stored yet; each occupies its slot. */
  get delayed(): number {
    return this.#parts.delayed.size;
  }

  /** The state of each limit of a task. */
  limits(): readonly TaskLimitState[] {
    return this.#parts.taskLimiter.states();
  }

  stats(): Promise<readonly WatchedQueue[]> {
    const { openQueue } = this.#parts;
    return Promise.all(
      this.#queues.map(async ({ name, fullName }, index) => {
        const stats = await (await openQueue(fullName)).stats();
        return { ...stats, name, isPaused: stats.isPaused || (this.pollers[index]?.isPaused ?? false) };
      }),
    );
  }

  /** Starts no more jobs: waiting ones are released, and failing completion steps are retried once. */
  refuse(): void {
    this.#dispatcher.refuse();
    this.#stopping.abort();
  }

  /** Schedules the next step at the end of this turn. */
  wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.#parts.runtime.clock.defer(this.#runTurn);
  }

  /** Applies a change of paused queues: cancels waits on paused ones, and polls the others. */
  applyPauses(): void {
    for (const poller of this.pollers) if (poller.isPaused) poller.cancelWait();
    this.wake();
  }

  /** Divides shared limits among the living workers, this one included. */
  shareLimits(workers: readonly WorkerPresence[]): void {
    for (const { name, tasks } of this.#queues) {
      const serving = workers.filter(({ state, queues }) => state === "running" && queues.includes(name));
      this.#parts.taskLimiter.setWorkers(tasks, Math.max(1, serving.length));
    }
  }

  pollEnded(asked: number, received: number): void {
    this.slots.unreserve(asked);
    this.#received += received;
  }

  pauseFetching(): void {
    this.loop.pause();
  }

  resumeFetching(): void {
    this.loop.resume();
  }

  handlerStuck(): void {
    if (this.slots.stuck * 2 >= this.slots.total) this.#owner.end("stuck");
  }

  end(cause: StopCause): void {
    this.#watch.stop();
    this.#owner.end(cause);
  }

  /** Stops the timers: leases are not extended and timeouts do not fire any more. */
  stop(): void {
    this.#parts.timeouts.stop();
    this.#parts.taskLimiter.stop();
    for (const { inFlight } of this.pollers) inFlight.stop();
  }

  /** Receives first, since a receive takes settlements with it. The remaining settlements are sent alone. */
  #turn(): void {
    this.#isAwake = false;
    this.#dispatcher.advance();
    for (const { inFlight } of this.pollers) inFlight.catchUp();
    this.loop.dispatch();
    for (const { inFlight } of this.pollers) inFlight.acks.flush();
    this.#owner.onTurnEnd();
    this.#watch.check();
  }

  #unsettled(): { unconfirmed: number; failing: number } {
    let unconfirmed = 0;
    let failing = 0;
    for (const { inFlight } of this.pollers) {
      unconfirmed += inFlight.acks.unconfirmed;
      failing += inFlight.acks.failing;
    }
    return { unconfirmed, failing };
  }
}
