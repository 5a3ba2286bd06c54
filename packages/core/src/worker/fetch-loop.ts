import type { Feed } from "./feed.ts";
import type { Slots } from "./slots.ts";

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
  readonly feeds: readonly Feed[];
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
  const { feeds, slots } = parts;
  let isPaused = false;
  /** The pass of the last queue asked: a queue that wakes up does not catch up on the time it slept. */
  let front = 0;

  function next(): Feed | undefined {
    const asking = feeds.filter((feed) => feed.state === "asking" && hasRoomFor(feed, parts));
    const busy = asking.filter((feed) => !feed.isDry);
    const candidates = busy.length > 0 ? busy : asking;
    if (parts.isStrictOrder) return candidates[0];
    return candidates.reduce<Feed | undefined>(
      (first, feed) => (first === undefined || feed.pass < first.pass ? feed : first),
      undefined,
    );
  }

  function ask(feed: Feed, free: number): void {
    // A worker that waits for nothing would spin over an empty queue for as long as a handler is busy.
    if (feed.isDry && parts.waitMs === 0) return feed.rest();
    const max = Math.min(free, feed.consumer.capabilities.maxReceive, feed.room);
    if (feeds.length === 1) return start(feed, max, parts.waitMs);
    if (!feed.isDry) {
      feed.pass = Math.max(feed.pass, front);
      front = feed.pass;
      return start(feed, max, 0);
    }
    const asking = feeds.filter((one) => one.state === "asking").length;
    if (free < asking) return feed.rest();
    start(feed, Math.max(1, Math.min(max, Math.floor(free / asking))), parts.waitMs);
  }

  function start(feed: Feed, max: number, waitMs: number): void {
    slots.reserve(max);
    feed.poll(max, waitMs);
  }

  /** Beside a busy queue an empty one must not wait for a free slot to find out that it is to rest. */
  function restIdle(): void {
    for (const feed of feeds) {
      const isIdle = feed.state === "asking" && feed.isDry;
      if (isIdle && feeds.some((one) => one !== feed && !one.isDry)) feed.rest();
    }
  }

  function reclaim(): void {
    for (const feed of feeds) if (feed.isWaiting && feed.isDry) feed.callOff();
  }

  return {
    dispatch() {
      if (isPaused) return;
      restIdle();
      for (let feed = next(); feed !== undefined; feed = next()) {
        const free = Math.min(slots.free, parts.allowance());
        if (free <= 0) {
          if (!feed.isDry) reclaim();
          return;
        }
        ask(feed, free);
      }
    },
    pause() {
      isPaused = true;
      for (const feed of feeds) feed.callOff();
    },
    resume() {
      isPaused = false;
    },
    stop() {
      isPaused = true;
      for (const feed of feeds) feed.stop();
    },
  };
}

/** One more receive beside others is worth its request only if it can come back full. */
function hasRoomFor(feed: Feed, { slots, allowance }: FetchLoopParts): boolean {
  if (!feed.isPolling) return feed.room > 0;
  return Math.min(slots.free, allowance(), feed.room) >= feed.consumer.capabilities.maxReceive;
}
