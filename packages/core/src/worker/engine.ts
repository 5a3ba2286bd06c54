import { setMaxListeners } from "node:events";
import type { ReportError } from "../runtime/report-error.ts";
import { ConsumerInUse } from "./consumer-in-use.ts";
import type { EngineParts } from "./engine-parts.ts";
import { Feed } from "./feed.ts";
import { createFetchLoop, type FetchLoop } from "./fetch-loop.ts";
import { HeldRuns } from "./held-runs.ts";
import { Intake } from "./intake.ts";
import type { OpenQueue } from "./open-queue.ts";
import { createOutageReport, type OutageReport } from "./outage-report.ts";
import type { WorkerPresence } from "./presence.ts";
import type { Run } from "./run.ts";
import { createSlots, type Slots } from "./slots.ts";
import { createTaskLimits } from "./task-limit.ts";
import { createTimeouts, type Timeouts } from "./timeouts.ts";
import { Turnstile } from "./turnstile.ts";

/** The moving parts of a worker, wired together: feeds, slots, leases, runs and settlements of its queues. */
export class Engine {
  readonly feeds: readonly Feed[];
  readonly intake: Intake;
  readonly slots: Slots;
  readonly loop: FetchLoop;
  readonly #parts: EngineParts;
  readonly #timeouts: Timeouts;
  readonly #turnstile: Turnstile;
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
    this.#turnstile = this.#createTurnstile();
    this.#outages = createOutageReport(parts.runtime, parts.lifecycle);
    this.intake = this.#createIntake();
    this.feeds = parts.queues.map((queue) => this.#createFeed(queue));
    this.loop = createFetchLoop({
      feeds: this.feeds,
      slots: this.slots,
      waitMs: parts.waitMs,
      isStrictOrder: parts.settings.isStrictOrder,
      allowance: () => parts.maxJobs - this.#taken - this.slots.reserved,
    });
  }

  /** Every run whose settlement is not confirmed. */
  *runs(): Generator<Run, void> {
    for (const { held } of this.feeds) yield* held;
  }

  /** Whether nothing runs and nothing waits for its settlement. */
  get isQuiet(): boolean {
    return this.feeds.every((feed) => feed.held.size === 0);
  }

  /** Jobs that are done and whose result or next job does not get through; each holds its slot. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** Nothing new is begun; what waits is handed back, and completion steps that fail are tried once more. */
  refuse(): void {
    this.intake.refuse();
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
    for (const feed of this.feeds) if (feed.isPaused) feed.callOff();
    this.wake();
  }

  /** The workers that are alive, this one included: they share what is limited for all together. */
  share(workers: readonly WorkerPresence[]): void {
    for (const { name, tasks } of this.#parts.queues) {
      const serving = workers.filter(({ state, queues }) => state === "running" && queues.includes(name));
      this.#turnstile.share(tasks, Math.max(1, serving.length));
    }
  }

  /** Stops the timers: no lease is extended and no timeout fires any more. */
  stop(): void {
    this.#timeouts.stop();
    this.#turnstile.stop();
    for (const { held } of this.feeds) held.stop();
  }

  /** Receives first: a feed that is asked takes its settlements along. What is left then travels alone. */
  #turn(): void {
    this.#isAwake = false;
    this.intake.advance();
    for (const { held } of this.feeds) held.catchUp();
    this.loop.dispatch();
    for (const { held } of this.feeds) held.settler.flush();
    this.#parts.onTurn();
  }

  #unsettled(): { unconfirmed: number; failing: number } {
    let unconfirmed = 0;
    let failing = 0;
    for (const { held } of this.feeds) {
      unconfirmed += held.settler.unconfirmed;
      failing += held.settler.failing;
    }
    return { unconfirmed, failing };
  }

  #createTurnstile(): Turnstile {
    const { queues, settingsOf, runtime } = this.#parts;
    const tasks = queues.flatMap((queue) => queue.tasks);
    return new Turnstile({
      clock: runtime.clock,
      limits: createTaskLimits(tasks, settingsOf, runtime),
      onRoom: () => this.wake(),
    });
  }

  #createIntake(): Intake {
    const { queues, settings, runtime, resolve, cancellations, onStuck } = this.#parts;
    const maxRetryDelayMs = Math.min(...queues.map(({ consumer }) => consumer.capabilities.retryDelay.maxMs));
    const { maxCrashes, codecs } = settings;
    return new Intake({
      ...this.#parts,
      slots: this.slots,
      turnstile: this.#turnstile,
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

  #createFeed({ name, weight, tasks, pollIntervalMs, consumer: first, reopen }: OpenQueue): Feed {
    const { runtime, settings, broker, pauses } = this.#parts;
    const { intake } = this;
    const wake = () => this.wake();
    const consumer = new ConsumerInUse(first, reopen);
    const held = new HeldRuns({
      runtime,
      consumer,
      queue: name,
      leaseMs: settings.leaseMs,
      onEnd: (run, as) => intake.ended(held, run, as),
      onPending: wake,
      onLost: (run) => intake.lost(run),
    });
    return new Feed({
      runtime,
      broker,
      weight,
      pollIntervalMs,
      consumer,
      held,
      outages: this.#outages,
      room: () => (pauses.has(name) ? 0 : this.#turnstile.room(tasks)),
      isPaused: () => pauses.has(name) || this.#turnstile.isPaused(tasks),
      onDelivery: (delivery) => intake.accept(held, delivery),
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
