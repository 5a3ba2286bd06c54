import type { Slots } from "../limits/slots.ts";
import type { QueuePoller } from "./queue-poller.ts";

/** Decides which queue is asked next, for how many messages, and how long the broker may wait for them. */
export interface FetchLoop {
  /** Hands out the free slots. Called at the end of each event-loop turn in which something changed. */
  dispatch(): void;
  /** No queue is asked until `resume`; waits under way are called off. */
  pause(): void;
  resume(): void;
  /** For good. */
  stop(): void;
}

/** What a {@link FetchLoop} works on. */
export interface FetchLoopParts {
  readonly pollers: readonly QueuePoller[];
  readonly slots: Slots;
  readonly waitMs: number;
  /** Serve queues strictly in order instead of by weight. */
  readonly isStrictOrder: boolean;
  /** How many more messages may be taken at all. */
  allowance(): number;
}

/**
 * Creates the {@link FetchLoop}. Busy queues share the slots by weight: each job taken moves its queue back by
 * 1 / weight, and the queue furthest in front is asked. Idle queues wait at the broker with a share of the free slots;
 * when a busy queue runs out of slots, those waits are called off and the idle queues are only looked at now and then.
 */
export function createFetchLoop(parts: FetchLoopParts): FetchLoop {
  const { pollers, slots } = parts;
  let isPaused = false;
  /** The pass of the last queue asked: a queue that wakes up does not catch up on the time it slept. */
  let front = 0;

  function next(): QueuePoller | undefined {
    const asking = pollers.filter((poller) => poller.state === "asking" && hasRoomFor(poller, parts));
    const busy = asking.filter((poller) => !poller.isDry);
    const candidates = busy.length > 0 ? busy : asking;
    if (parts.isStrictOrder) return candidates[0];
    return candidates.reduce<QueuePoller | undefined>(
      (first, poller) => (first === undefined || poller.pass < first.pass ? poller : first),
      undefined,
    );
  }

  function ask(poller: QueuePoller, free: number): void {
    // A worker that waits for nothing would spin over an empty queue for as long as a handler is busy.
    if (poller.isDry && parts.waitMs === 0) return poller.rest();
    const max = Math.min(free, poller.consumer.capabilities.maxReceive, poller.room);
    if (pollers.length === 1) return start(poller, max, parts.waitMs);
    if (!poller.isDry) {
      poller.pass = Math.max(poller.pass, front);
      front = poller.pass;
      return start(poller, max, 0);
    }
    const asking = pollers.filter((one) => one.state === "asking").length;
    if (free < asking) return poller.rest();
    start(poller, Math.max(1, Math.min(max, Math.floor(free / asking))), parts.waitMs);
  }

  function start(poller: QueuePoller, max: number, waitMs: number): void {
    slots.reserve(max);
    poller.poll(max, waitMs);
  }

  /** Beside a busy queue an empty one must not wait for a free slot to find out that it is to rest. */
  function restIdle(): void {
    for (const poller of pollers) {
      const isIdle = poller.state === "asking" && poller.isDry;
      if (isIdle && pollers.some((one) => one !== poller && !one.isDry)) poller.rest();
    }
  }

  function reclaim(): void {
    for (const poller of pollers) if (poller.isWaiting && poller.isDry) poller.cancelWait();
  }

  return {
    dispatch() {
      if (isPaused) return;
      restIdle();
      for (let poller = next(); poller !== undefined; poller = next()) {
        const free = Math.min(slots.free, parts.allowance());
        if (free <= 0) {
          if (!poller.isDry) reclaim();
          return;
        }
        ask(poller, free);
      }
    },
    pause() {
      isPaused = true;
      for (const poller of pollers) poller.cancelWait();
    },
    resume() {
      isPaused = false;
    },
    stop() {
      isPaused = true;
      for (const poller of pollers) poller.stop();
    },
  };
}

/** One more receive beside others is worth its request only if it can come back full. */
function hasRoomFor(poller: QueuePoller, { slots, allowance }: FetchLoopParts): boolean {
  if (!poller.isPolling) return poller.room > 0;
  return Math.min(slots.free, allowance(), poller.room) >= poller.consumer.capabilities.maxReceive;
}
