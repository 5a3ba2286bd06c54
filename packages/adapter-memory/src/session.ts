import type { Capabilities } from "@jobs/core/broker";
import type { Clock } from "@jobs/core/runtime";
import type { MemoryStorage, StoredQueue } from "./memory-storage.ts";

/** Shared by the queues and consumers of an open broker. */
export interface Session {
  readonly name: string;
  readonly queue: StoredQueue;
  readonly storage: MemoryStorage;
  readonly clock: Clock;
  readonly capabilities: Capabilities;
  /** Aborts when the session, or the broker that opened it, is closed. */
  readonly closed: AbortSignal;
}

/** A session with the right to end it. */
export interface OpenSession extends Session {
  /** Ends the session, and its receives in flight with it. */
  close(): void;
}

/** Begins a call: first applies all changes of the queue that are due. Returns the time of the call, monotonic ms. */
export function beginCall(session: Session): number {
  const nowAt = session.clock.monotonic();
  session.queue.state.catchUp(nowAt);
  return nowAt;
}
