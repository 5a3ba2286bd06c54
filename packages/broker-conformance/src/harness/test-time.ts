import {
  type Clock,
  keepAliveClock,
  optionRules,
  optionsCheck,
  sleep,
  systemClock,
} from "@jobs/core/runtime";
import { createVirtualClock, type VirtualClock } from "@jobs/core/testing";
import { endsWithin } from "./ends-within.ts";

/** The time in which a broker is tested. Leases and delays of the kit are multiples of its tick. */
export interface TestTime {
  /** The clock that `leaseUntil` of deliveries refers to. */
  readonly clock: Clock;
  /** Length of the kit's unit of time in ms. */
  readonly tickMs: number;
  /** The kit asserts nothing this close to a point in time. 0 if time is exact. */
  readonly slackMs: number;
  /** Waits for `ms`. */
  pass(ms: number): Promise<void>;
  /** The value of `promise`, which must settle before `ms` have gone by. @throws AssertionError when it does not. */
  within<T>(promise: Promise<T>, ms: number): Promise<T>;
}

/** Options of {@link virtualTime}. */
export interface VirtualTimeOptions {
  /** Length of a tick in ms. Default 1,000. */
  readonly tickMs?: number;
  /**
   * Real time in ms that a call may take after its virtual time, since sockets and files take no virtual time.
   * Default 500.
   */
  readonly graceMs?: number;
}

const checkOptions = optionsCheck<VirtualTimeOptions>({
  tickMs: optionRules.msAboveZero(),
  graceMs: optionRules.msAboveZero(),
});

/** Time that moves only when the kit says so: exact, and as fast as the machine. */
export function virtualTime(
  clock: VirtualClock = createVirtualClock(),
  options: VirtualTimeOptions = {},
): TestTime {
  checkOptions(options, "virtualTime");
  const { tickMs = 1000, graceMs = 500 } = options;
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
        // A due timer takes no time. It counts as one ms, so that a busy loop of a broker ends.
        left -= Math.max(step, 1);
      }
      return watched.isSettled()
        ? promise
        : endsWithin(promise, graceMs, `what may take ${ms} ms of virtual time`);
    },
  };
}

/**
 * Real time in ticks of `tickMs` (default 150), for brokers whose clock cannot be set. The kit asserts nothing within
 * half a tick of a point in time. A proof that comes later than that is repeated with longer ticks.
 */
export function scaledTime(tickMs = 150): TestTime {
  return {
    clock: systemClock,
    tickMs,
    slackMs: tickMs / 2,
    pass: (ms) => sleep(keepAliveClock, ms),
    within: (promise, ms) => endsWithin(promise, ms + tickMs / 2, "the call"),
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
