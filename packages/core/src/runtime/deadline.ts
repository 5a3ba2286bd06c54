import type { Clock } from "./clock.ts";

/** Waits for `work` to end, well or badly, but no longer than `ms`. Never rejects. */
export function endOf(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  return withDeadline(clock, ms, work, () => new Error("it is late")).then(
    () => {},
    () => {},
  );
}

/**
 * Resolves or rejects like `work`, but no later than after `ms`: then it rejects with what `late` makes. The work itself
 * goes on; its late answer is ignored.
 */
export function withDeadline<T>(clock: Clock, ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(ms, () => reject(late()));
    work.then(
      (answer) => {
        cancel();
        resolve(answer);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}
