import { assertOpen, type Capabilities, UnsupportedError } from "@jobs/core/broker";
import type { Clock } from "@jobs/core/runtime";
import type { MemoryStorage, StoredQueue } from "./memory-storage.ts";

/** What a queue or consumer that a broker has opened stands on. */
export interface Session {
  readonly kind: string;
  readonly name: string;
  readonly queue: StoredQueue;
  readonly storage: MemoryStorage;
  readonly clock: Clock;
  readonly capabilities: Capabilities;
  /** Aborts when the session, or the broker that opened it, is closed. */
  readonly closed: AbortSignal;
}

/** A session together with the right to end it. */
export interface OpenSession extends Session {
  /** Ends it: what is in flight ends, later calls are refused. Idempotent. */
  close(): void;
}

/** The capabilities that are plain yes or no for an operation of the same name. */
type Operation = "peek" | "remove" | "pause" | "purge" | "redrive";

/** @throws BrokerUnavailableError once the session is closed. */
export function assertSessionOpen({ closed, kind, name }: Session): void {
  assertOpen(closed, { broker: kind, queue: name });
}

/**
 * How every call begins: a closed session refuses, and the queue is brought to the present.
 * Returns the time of the call, monotonic ms.
 */
export function beginCall(session: Session): number {
  assertSessionOpen(session);
  const nowAt = session.clock.monotonic();
  session.queue.state.catchUp(nowAt);
  return nowAt;
}

/** @throws UnsupportedError when the operation is declared away. */
export function assertSupported({ capabilities, kind, name }: Session, operation: Operation): void {
  if (capabilities[operation] !== false) return;
  throw new UnsupportedError({ broker: kind, queue: name }, operation, `cannot ${operation}`);
}
