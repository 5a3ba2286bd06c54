import type { GuardedConsumer } from "../broker/guard.ts";
import type { WorkerSettings } from "../config/app-config.ts";
import { serializeError } from "../errors/serialized-error.ts";
import type { CompletionStep } from "../job/completion.ts";
import type { Admission } from "./admit.ts";
import { createDeadlineWatch } from "./deadline-watch.ts";
import type { Execution } from "./execute.ts";
import { Feed } from "./feed.ts";
import { createFetchLoop, type FetchLoop } from "./fetch-loop.ts";
import { createIntake, type Intake } from "./intake.ts";
import { createLeaseKeeper, type LeaseKeeper } from "./lease-keeper.ts";
import type { Run } from "./run.ts";
import type { ContextParts } from "./run-context.ts";
import { interruptForTimeout } from "./run-job.ts";
import { createSettler } from "./settler.ts";
import { createSlots, type Slots } from "./slots.ts";
import type { Tally } from "./tally.ts";

/** A queue with its open consumer. */
export interface OpenQueue {
  /** Name without prefix. */
  readonly name: string;
  readonly fullName: string;
  readonly weight: number;
  readonly consumer: GuardedConsumer;
  reopen(): Promise<GuardedConsumer>;
}

/** What an {@link Engine} is made of. */
export interface EngineParts extends ContextParts {
  readonly broker: string;
  readonly queues: readonly OpenQueue[];
  readonly settings: WorkerSettings;
  readonly execution: Execution;
  readonly steps: readonly CompletionStep[];
  readonly tally: Tally;
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

/** The running parts of a worker: feeds, slots, leases and settlements of its queues, wired together. */
export interface Engine {
  readonly feeds: readonly Feed[];
  readonly intake: Intake;
  readonly slots: Slots;
  readonly loop: FetchLoop;
  /** Looks at the end of this turn what can be done next. */
  wake(): void;
  /** Stops timers; nothing is received or extended any more. */
  stop(): void;
}

/** Wires an {@link Engine} and leaves it at rest; `wake()` sets it going. */
export function createEngine(parts: EngineParts): Engine {
  const { runtime, settings, tally } = parts;
  const feeds: Feed[] = [];
  const keepers = new Map<Feed, LeaseKeeper>();
  let taken = 0;
  let isAwake = false;

  const slots = createSlots(settings.concurrency, () => ({
    unconfirmed: feeds.reduce((sum, feed) => sum + feed.settler.unconfirmed, 0),
    failing: feeds.reduce((sum, feed) => sum + feed.settler.failing, 0),
  }));
  const timeouts = createDeadlineWatch<Run>(runtime.clock, (run, dueAt) =>
    interruptForTimeout(run, Math.round(dueAt - (run.startedAt ?? dueAt))),
  );
  const intake = createIntake({
    ...parts,
    slots,
    timeouts,
    admission: {
      resolve: parts.resolve,
      maxCrashes: settings.maxCrashes,
      maxRetryDelayMs: longestRetryDelay(parts.queues),
      now: runtime.clock.now,
    },
    maxRetryDelayMs: longestRetryDelay(parts.queues),
    keeperOf: (feed) => keepers.get(feed) as LeaseKeeper,
    onSolo: (isAlone) => (isAlone ? loop.pause() : loop.resume()),
    onStuck: () => {
      if (slots.stuck * 2 >= slots.total) parts.onStuck();
    },
    onChange: wake,
  });

  for (const queue of parts.queues) {
    const feed = createFeed(queue, { parts, intake, slots, wake, onTaken });
    feeds.push(feed);
    keepers.set(
      feed,
      createLeaseKeeper({
        runtime,
        leaseMs: settings.leaseMs,
        consumer: () => feed.consumer,
        onLost: intake.lost,
      }),
    );
  }
  const loop = createFetchLoop({
    feeds,
    slots,
    waitMs: parts.waitMs,
    isStrictOrder: settings.isStrictOrder,
    allowance: () => parts.maxJobs - taken - slots.reserved,
  });

  function onTaken(jobs: number): void {
    taken += jobs;
  }

  function wake(): void {
    if (isAwake) return;
    isAwake = true;
    runtime.clock.defer(turn);
  }

  function turn(): void {
    isAwake = false;
    loop.dispatch();
    for (const feed of feeds) feed.settler.flush();
    parts.onTurn();
  }

  return {
    feeds,
    intake,
    slots,
    loop,
    wake,
    stop() {
      timeouts.stop();
      for (const keeper of keepers.values()) keeper.stop();
    },
  };
}

interface FeedWiring {
  readonly parts: EngineParts;
  readonly intake: Intake;
  readonly slots: Slots;
  wake(): void;
  onTaken(jobs: number): void;
}

function createFeed(queue: OpenQueue, { parts, intake, slots, wake, onTaken }: FeedWiring): Feed {
  const { runtime, lifecycle } = parts;
  const settler = createSettler({
    runtime,
    consumer: () => feed.consumer,
    onEnd: intake.ended,
    onPending: wake,
  });
  const feed: Feed = new Feed(queue.consumer, {
    runtime,
    broker: parts.broker,
    queue: queue.name,
    weight: queue.weight,
    settler,
    open: queue.reopen,
    onDelivery: intake.accept,
    onOutage: (_, error) => {
      runtime.logger.error(
        { err: error, queue: queue.name },
        "the broker does not answer; trying again until it does",
      );
      const event = { type: "broker.lost", queue: queue.name, error: serializeError(error) } as const;
      lifecycle.publish({ ...event, at: runtime.clock.now() });
    },
    onRecovery: () => {
      runtime.logger.info({ queue: queue.name }, "the broker answers again");
      lifecycle.publish({ type: "broker.back", queue: queue.name, at: runtime.clock.now() });
    },
    onPollEnd: (_, reserved, received) => {
      slots.unreserve(reserved);
      onTaken(received);
    },
    onAsking: wake,
  });
  return feed;
}

function longestRetryDelay(queues: readonly OpenQueue[]): number {
  return Math.min(...queues.map(({ consumer }) => consumer.capabilities.retryDelay.maxMs));
}
