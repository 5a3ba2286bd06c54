import { AssertionError } from "node:assert/strict";
import { type Clock, systemClock } from "@jobs/core";
import { createVirtualClock, type VirtualClock } from "@jobs/core/virtual-clock";

/** The time in which a broker is tested. Leases and delays of the kit are multiples of its tick. */
export interface TestTime {
  /** The clock that deliveries' `leaseUntil` is measured on. */
  readonly clock: Clock;
  /** Length of the kit's unit of time in ms. */
  readonly tickMs: number;
  /** Nothing is asserted this close to a point in time: 0 where time is exact. */
  readonly slackMs: number;
  /** Lets `ms` go by. */
  pass(ms: number): Promise<void>;
  /** The value of `promise`, which must settle before `ms` have gone by. @throws AssertionError when it does not. */
  within<T>(promise: Promise<T>, ms: number): Promise<T>;
}

/** How long a promise may need in real time after virtual time is up: answers of sockets and files take no virtual time. */
const REAL_GRACE_MS = 500;

/** Time that moves only when the kit says so: exact, and as fast as the machine. */
export function virtualTime(clock: VirtualClock = createVirtualClock(), tickMs = 1000): TestTime {
  return {
    clock,
    tickMs,
    slackMs: 0,
    pass: (ms) => clock.advance(ms),
    async within(promise, ms) {
      const watched = watch(promise);
      await clock.settle();
      for (let left = ms; left > 0 && !watched.isSettled(); ) {
        const step = Math.min(left, clock.nextTimerMs() ?? left);
        await clock.advance(step);
        left -= Math.max(step, Number.EPSILON);
      }
      return watched.isSettled() ? promise : race(promise, ms, REAL_GRACE_MS);
    },
  };
}

/** Real time in ticks of `tickMs` (default 150), for brokers whose clock cannot be set. Asserts nothing within half a tick of an edge. */
export function scaledTime(tickMs = 150): TestTime {
  return {
    clock: systemClock,
    tickMs,
    slackMs: tickMs / 2,
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    within: (promise, ms) => race(promise, ms, ms + tickMs / 2),
  };
}

function watch(promise: Promise<unknown>): { isSettled(): boolean } {
  let isSettled = false;
  const settled = () => {
    isSettled = true;
  };
  promise.then(settled, settled);
  return { isSettled: () => isSettled };
}

function race<T>(promise: Promise<T>, allowedMs: number, realMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new AssertionError({ message: `not done within ${allowedMs} ms` }));
    const timer = setTimeout(late, realMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
