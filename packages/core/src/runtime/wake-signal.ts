import type { Cancel, Clock } from "./clock.ts";

/** Lets a waiter rest until others wake it. */
export interface WakeSignal {
  /** Resolves after `ms`, or at the next wake-up; at once when there was one since the last rest. Default: no limit. */
  rest(ms?: number): Promise<void>;
  /** Ends the rest that is under way, or else the next one. */
  wake(): void;
}

/** Creates a {@link WakeSignal}. */
export function createWakeSignal(clock: Clock): WakeSignal {
  let isCalled = false;
  let resume: (() => void) | undefined;
  return {
    rest(ms = Number.POSITIVE_INFINITY) {
      return new Promise((resolve) => {
        const cancel: Cancel = Number.isFinite(ms) ? clock.schedule(ms, () => resume?.()) : () => {};
        resume = () => {
          cancel();
          isCalled = false;
          resume = undefined;
          resolve();
        };
        if (isCalled) resume();
      });
    },
    wake() {
      isCalled = true;
      resume?.();
    },
  };
}
