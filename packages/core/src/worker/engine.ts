import type { GuardedConsumer } from "../broker/guard.ts";
import type { TaskSettings, WorkerSettings } from "../config/app-config.ts";
import { serializeError } from "../errors/serialized-error.ts";
import type { CompletionStep, RunOnce } from "../job/completion.ts";
import type { Admission } from "./admit.ts";
import type { Cancellations } from "./cancellations.ts";
import type { Execution } from "./execute.ts";
import { Feed } from "./feed.ts";
import { createFetchLoop, type FetchLoop } from "./fetch-loop.ts";
import { Intake } from "./intake.ts";
import { createLeaseKeeper } from "./lease-keeper.ts";
import type { WorkerPresence } from "./presence.ts";
import type { QueuePauses } from "./queue-pauses.ts";
import type { Run } from "./run.ts";
import type { ContextParts } from "./run-context.ts";
import { Settler } from "./settler.ts";
import { createSlots, type Slots } from "./slots.ts";
import type { Tally } from "./tally.ts";
import { createTaskLimits } from "./task-limit.ts";
import { createTimeouts, type Timeouts } from "./timeouts.ts";
import { Turnstile } from "./turnstile.ts";

/** A queue with its open consumer. */
export interface OpenQueue {
  /** Name without prefix. */
  readonly name: string;
  /** Name on the broker. */
  readonly fullName: string;
  readonly weight: number;
  /** Names of the tasks whose jobs go to it. */
  readonly tasks: readonly string[];
  /** The shortest interval of its tasks, see {@link TaskSettings.pollIntervalMs}. */
  readonly pollIntervalMs: number;
  readonly consumer: GuardedConsumer;
  /** Opens another consumer in place of one that does not answer any more. */
  reopen(): Promise<GuardedConsumer>;
}

/** What an {@link Engine} is made of. */
export interface EngineParts extends ContextParts {
  readonly identity: string;
  readonly broker: string;
  readonly queues: readonly OpenQueue[];
  readonly settings: WorkerSettings;
  readonly execution: Execution;
  readonly steps: readonly CompletionStep[];
  readonly once?: RunOnce | undefined;
  readonly keepCancelled?: CompletionStep | undefined;
  readonly cancellations: Cancellations;
  readonly pauses: QueuePauses;
  readonly tally: Tally;
  /** Settings of a task, by its name. */
  settingsOf(task: string): TaskSettings;
  readonly resolve: Admission["resolve"];
  /** Longest wait in one receive; shorter than the setting where the worker is to end by itself. */
  readonly waitMs: number;
  /** Jobs that may be taken in all. */
  readonly maxJobs: number;
  /** Something ended or changed; called at most once an event-loop turn. */
  onTurn(): void;
  /** Half of the slots hold handlers that do not return. */
  onStuck(): void;
}

/** The moving parts of a worker, wired together: feeds, slots, leases, runs and settlements of its queues. */
export class Engine {
  readonly feeds: readonly Feed[];
  readonly intake: Intake;
  readonly slots: Slots;
  readonly loop: FetchLoop;
  readonly #parts: EngineParts;
  readonly #timeouts: Timeouts;
  readonly #turnstile: Turnstile;
  #taken = 0;
  #isAwake = false;

  /** Leaves everything at rest; `wake` sets it going. */
  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.slots = createSlots(parts.settings.concurrency, () => this.#unsettled());
    this.#timeouts = createTimeouts(parts.runtime.clock, () => this.runs());
    this.#turnstile = this.#createTurnstile();
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
    for (const feed of this.feeds) yield* feed.runs;
  }

  /** Whether nothing runs and nothing waits for its settlement. */
  get isQuiet(): boolean {
    return this.feeds.every((feed) => feed.runs.size === 0);
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
    for (const feed of this.feeds) feed.leases.stop();
  }

  /** Receives first: a feed that is asked takes its settlements along. What is left then travels alone. */
  #turn(): void {
    this.#isAwake = false;
    this.intake.advance();
    this.loop.dispatch();
    for (const feed of this.feeds) feed.settler.flush();
    this.#parts.onTurn();
  }

  #unsettled(): { unconfirmed: number; failing: number } {
    let unconfirmed = 0;
    let failing = 0;
    for (const { settler } of this.feeds) {
      unconfirmed += settler.unconfirmed;
      failing += settler.failing;
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

  #createFeed({ name, weight, tasks, pollIntervalMs, consumer, reopen }: OpenQueue): Feed {
    const { runtime, settings, broker, pauses } = this.#parts;
    const { intake } = this;
    const wake = () => this.wake();
    const inUse = () => feed.consumer;
    const runs = new Set<Run>();
    const feed: Feed = new Feed(consumer, {
      runtime,
      broker,
      queue: name,
      weight,
      pollIntervalMs,
      room: () => (pauses.has(name) ? 0 : this.#turnstile.room(tasks)),
      isPaused: () => pauses.has(name) || this.#turnstile.isPaused(tasks),
      runs,
      settler: new Settler({
        runtime,
        consumer: inUse,
        onEnd: (run, as) => intake.ended(run, as),
        onPending: wake,
      }),
      leases: createLeaseKeeper({
        runtime,
        leaseMs: settings.leaseMs,
        runs,
        consumer: inUse,
        onLost: (run) => intake.lost(run),
      }),
      open: reopen,
      onDelivery: (delivery) => intake.accept(feed, delivery),
      onOutage: (error) => this.#reportOutage(name, error),
      onRecovery: () => this.#reportRecovery(name),
      onPollEnd: (reserved, received) => {
        this.slots.unreserve(reserved);
        this.#taken += received;
      },
      onAsking: wake,
    });
    return feed;
  }

  #reportOutage(queue: string, error: unknown): void {
    const { runtime, lifecycle } = this.#parts;
    runtime.logger.error({ err: error, queue }, "the broker does not answer; trying again until it does");
    lifecycle.publish({ type: "broker.lost", queue, error: serializeError(error), at: runtime.clock.now() });
  }

  #reportRecovery(queue: string): void {
    const { runtime, lifecycle } = this.#parts;
    runtime.logger.info({ queue }, "the broker answers again");
    lifecycle.publish({ type: "broker.back", queue, at: runtime.clock.now() });
  }
}
