import type { Clock } from "./clock.ts";

/** Lets code wait for a condition that other code fulfils, without polling. */
export interface Gate {
  /** Resolves `true` as soon as `isOpen()` is true, `false` after `timeoutMs`. */
  until(isOpen: () => boolean, timeoutMs: number): Promise<boolean>;
  /** Makes every waiter check its condition again. */
  notify(): void;
}

/** Creates a {@link Gate}. */
export function createGate(clock: Clock): Gate {
  const waiters = new Set<() => void>();
  return {
    until(isOpen, timeoutMs) {
      if (isOpen()) return Promise.resolve(true);
      return new Promise((resolve) => {
        const end = (hasOpened: boolean) => {
          waiters.delete(look);
          cancel();
          resolve(hasOpened);
        };
        const look = () => {
          if (isOpen()) end(true);
        };
        const cancel = clock.schedule(Math.max(0, timeoutMs), () => end(isOpen()));
        waiters.add(look);
      });
    },
    notify() {
      for (const look of [...waiters]) look();
    },
  };
}
