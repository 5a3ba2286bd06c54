import type { Slots } from "../limits/slots.ts";
import type { QueuePoller } from "./queue-poller.ts";

/** Decides which queue to poll next, for how many messages, and how long the broker may wait for them. */
export interface FetchLoop {
  /** Assigns the free slots. Called at the end of each event-loop turn with a change. */
  dispatch(): void;
  /** Polls no queue until `resume` and cancels waits in flight. */
  pause(): void;
  resume(): void;
  /** Polls no queue any more. */
  stop(): void;
}

/** The pollers and slots of a {@link FetchLoop}, and its settings. */
export interface FetchLoopParts {
  readonly pollers: readonly QueuePoller[];
  readonly slots: Slots;
  /** The longest wait of one receive, in ms. */
  readonly waitMs: number;
  /** Serve queues strictly in order instead of by weight. */
  readonly isStrictOrder: boolean;
  /** How many more messages may be received in total. */
  allowance(): number;
}

/**
 * Creates the {@link FetchLoop}. Busy queues share the slots by weight. Each received job moves its queue back by 1 /
 * weight, and the first queue is polled next. Idle queues wait at the broker with a share of the free slots. When a
 * busy queue has no slots left, these waits are cancelled, and idle queues are only polled at intervals.
 */
export function createFetchLoop(parts: FetchLoopParts): FetchLoop {
  const { pollers, slots } = parts;
  let isPaused = false;
  /** The position of the last polled queue, so that a queue that becomes busy does not catch up on its idle time. */
  let front = 0;

  /** The first of the busy queues, else of the dry ones. One loop without lists, since each turn asks twice. */
  function next(): QueuePoller | undefined {
    let first: QueuePoller | undefined;
    for (const poller of pollers) {
      if (poller.state !== "asking" || !hasRoomFor(poller, parts)) continue;
      if (first === undefined || isBefore(poller, first)) first = poller;
    }
    return first;
  }

  function isBefore(poller: QueuePoller, first: QueuePoller): boolean {
    if (poller.isDry !== first.isDry) return first.isDry;
    return !parts.isStrictOrder && poller.pass < first.pass;
  }

  function ask(poller: QueuePoller, free: number): void {
    // A worker with a wait of 0 would poll an empty queue in a busy loop while a handler runs.
    if (poller.isDry && parts.waitMs === 0) return poller.backOff();
    const max = shareOf(poller, free);
    if (pollers.length === 1) return start(poller, max, parts.waitMs);
    if (!poller.isDry) {
      poller.pass = Math.max(poller.pass, front);
      front = poller.pass;
      return start(poller, max, 0);
    }
    const asking = pollers.filter((one) => one.state === "asking").length;
    if (free < asking) return poller.backOff();
    start(poller, Math.max(1, Math.min(max, Math.floor(free / asking))), parts.waitMs);
  }

  function start(poller: QueuePoller, max: number, waitMs: number): void {
    slots.reserve(max);
    poller.poll(max, waitMs);
  }

  /** While another queue is busy, an empty one backs off. It does not wait for a free slot first. */
  function restIdle(): void {
    for (const poller of pollers) {
      const isIdle = poller.state === "asking" && poller.isDry;
      if (isIdle && pollers.some((one) => one !== poller && !one.isDry)) poller.backOff();
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

/** One more concurrent receive is worth its request only if it can bring enough. */
function hasRoomFor(poller: QueuePoller, { slots, allowance }: FetchLoopParts): boolean {
  if (!poller.isPolling) return poller.room > 0;
  return Math.min(slots.free, allowance(), poller.room) >= poller.consumer.sharedReceive;
}

/** How many messages to ask for; half of them where another receive is worth its request beside this one. */
function shareOf(poller: QueuePoller, free: number): number {
  const { capabilities, sharedReceive } = poller.consumer;
  const max = Math.min(free, capabilities.maxReceive, poller.room);
  const isShared = poller.isFlowing && !poller.isPolling && max >= 2 * sharedReceive;
  return isShared ? Math.ceil(max / 2) : max;
}
