/** Resolves after a number of hits. */
export interface Countdown {
  hit(): void;
  readonly reached: Promise<void>;
}

/** Creates a {@link Countdown} of `count` hits. */
export function createCountdown(count: number): Countdown {
  let left = count;
  let resolve = () => {};
  const reached = new Promise<void>((settle) => {
    resolve = settle;
  });
  return {
    hit() {
      if (--left === 0) resolve();
    },
    reached,
  };
}
