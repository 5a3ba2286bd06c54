import { setMaxListeners } from "node:events";
import type { ReportError } from "../runtime/report-error.ts";
import type { EngineParts } from "./engine-parts.ts";
import { createFetchLoop, type FetchLoop } from "./fetch/fetch-loop.ts";
import { type OpenQueue, ReconnectingConsumer } from "./fetch/open-queues.ts";
import { createOutageReport, type OutageReport, QueuePoller } from "./fetch/queue-poller.ts";
import { InFlightRuns } from "./lease/in-flight.ts";
import { createSlots, type Slots } from "./limits/slots.ts";
import { createTaskLimits } from "./limits/task-limit.ts";
import { TaskLimiter } from "./limits/task-limiter.ts";
import type { WorkerPresence } from "./presence/heartbeat.ts";
import type { Run } from "./run/run.ts";
import { RunDispatcher } from "./run/run-dispatcher.ts";
import { createTimeouts, type Timeouts } from "./run/timeouts.ts";

/** The moving parts of a worker, wired together: feeds, slots, leases, runs and settlements of its queues. */
export class Engine {
  readonly pollers: readonly QueuePoller[];
  readonly dispatcher: RunDispatcher;
  readonly slots: Slots;
  readonly loop: FetchLoop;
  readonly #parts: EngineParts;
  readonly #timeouts: Timeouts;
  readonly #taskLimiter: TaskLimiter;
  readonly #outages: OutageReport;
  /** Runs whose handler is done and whose completion step fails. */
  readonly #delayed = new Set<Run>();
  readonly #stopping = new AbortController();
  #taken = 0;
  #isAwake = false;

  /** Leaves everything at rest; `wake` sets it going. */
  constructor(parts: EngineParts) {
    this.#parts = parts;
    // One for each job whose completion fails: all slots may wait for one store.
    setMaxListeners(0, this.#stopping.signal);
    this.slots = createSlots(parts.settings.concurrency, () => this.#unsettled());
    this.#timeouts = createTimeouts(parts.runtime.clock, () => this.runs());
    this.#taskLimiter = this.#createTurnstile();
    this.#outages = createOutageReport(parts.runtime, parts.lifecycle);
    this.dispatcher = this.#createIntake();
    this.pollers = parts.queues.map((queue) => this.#createFeed(queue));
    this.loop = createFetchLoop({
      pollers: this.pollers,
      slots: this.slots,
      waitMs: parts.waitMs,
      isStrictOrder: parts.settings.isStrictOrder,
      allowance: () => parts.maxJobs - this.#taken - this.slots.reserved,
    });
  }

  /** Every run whose settlement is not confirmed. */
  *runs(): Generator<Run, void> {
    for (const { inFlight } of this.pollers) yield* inFlight;
  }

  /** Whether nothing runs and nothing waits for its settlement. */
  get isQuiet(): boolean {
    return this.pollers.every((poller) => poller.inFlight.size === 0);
  }

  /** Jobs that are done and whose result or next job does not get through; each holds its slot. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** Nothing new is begun; what waits is handed back, and completion steps that fail are tried once more. */
  refuse(): void {
    this.dispatcher.refuse();
    this.#stopping.abort();
  }

  /** Looks at the end of this turn what can be done next. */
  wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.#parts.runtime.clock.defer(() => this.#turn());
  }

  /** Which queues are paused has changed: waits on those are called off, the others are asked. */
  heedPauses(): void {
    for (const poller of this.pollers) if (poller.isPaused) poller.cancelWait();
    this.wake();
  }

  /** The workers that are alive, this one included: they share what is limited for all together. */
  share(workers: readonly WorkerPresence[]): void {
    for (const { name, tasks } of this.#parts.queues) {
      const serving = workers.filter(({ state, queues }) => state === "running" && queues.includes(name));
      this.#taskLimiter.share(tasks, Math.max(1, serving.length));
    }
  }

  /** Stops the timers: no lease is extended and no timeout fires any more. */
  stop(): void {
    this.#timeouts.stop();
    this.#taskLimiter.stop();
    for (const { inFlight } of this.pollers) inFlight.stop();
  }

  /** Receives first: a feed that is asked takes its settlements along. What is left then travels alone. */
  #turn(): void {
    this.#isAwake = false;
    this.dispatcher.advance();
    for (const { inFlight } of this.pollers) inFlight.catchUp();
    this.loop.dispatch();
    for (const { inFlight } of this.pollers) inFlight.acks.flush();
    this.#parts.onTurn();
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

  #createTurnstile(): TaskLimiter {
    const { queues, settingsOf, runtime } = this.#parts;
    const tasks = queues.flatMap((queue) => queue.tasks);
    return new TaskLimiter({
      clock: runtime.clock,
      limits: createTaskLimits(tasks, settingsOf, runtime),
      onRoom: () => this.wake(),
    });
  }

  #createIntake(): RunDispatcher {
    const { queues, settings, runtime, resolve, cancellations, onStuck } = this.#parts;
    const maxRetryDelayMs = Math.min(...queues.map(({ consumer }) => consumer.capabilities.retryDelay.maxMs));
    const { maxCrashes, codecs } = settings;
    return new RunDispatcher({
      ...this.#parts,
      slots: this.slots,
      taskLimiter: this.#taskLimiter,
      timeouts: this.#timeouts,
      maxRetryDelayMs,
      reportBackoff: backoffReport(runtime.report),
      delayed: this.#delayed,
      stopping: this.#stopping.signal,
      admission: {
        resolve,
        codecs,
        maxCrashes,
        maxRetryDelayMs,
        isCancelled: cancellations.has,
        now: runtime.clock.now,
      },
      onSolo: (isAlone) => (isAlone ? this.loop.pause() : this.loop.resume()),
      onStuck: () => {
        if (this.slots.stuck * 2 >= this.slots.total) onStuck();
      },
      onChange: () => this.wake(),
    });
  }

  #createFeed({ name, weight, tasks, pollIntervalMs, consumer: first, reopen }: OpenQueue): QueuePoller {
    const { runtime, settings, broker, pauses } = this.#parts;
    const { dispatcher } = this;
    const wake = () => this.wake();
    const consumer = new ReconnectingConsumer(first, reopen);
    const inFlight = new InFlightRuns({
      runtime,
      consumer,
      queue: name,
      leaseMs: settings.leaseMs,
      onEnd: (run, as) => dispatcher.ended(inFlight, run, as),
      onPending: wake,
      onLost: (run) => dispatcher.lost(run),
    });
    return new QueuePoller({
      runtime,
      broker,
      weight,
      pollIntervalMs,
      consumer,
      inFlight,
      outages: this.#outages,
      room: () => (pauses.has(name) ? 0 : this.#taskLimiter.room(tasks)),
      isPaused: () => pauses.has(name) || this.#taskLimiter.isPaused(tasks),
      onDelivery: (delivery) => dispatcher.accept(inFlight, delivery),
      onPollEnd: (reserved, received) => {
        this.slots.unreserve(reserved);
        this.#taken += received;
      },
      onAsking: wake,
    });
  }
}

/** Warns of a backoff function that gave no delay, once for each task: it may do so at every failure. */
function backoffReport(report: ReportError): (task: string, fault: unknown) => void {
  const reported = new Set<string>();
  return (task, fault) => {
    if (reported.has(task)) return;
    reported.add(task);
    report(
      { source: "hook", err: fault, task },
      "the backoff of a task gave no delay; the default backoff is used",
    );
  };
}
