import type { Clock } from "./clock.ts";

/** Waits until `work` resolves or rejects, at most `ms`. It never rejects. */
export function endOf(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  return withDeadline(clock, ms, work, () => new Error(`not done within ${ms} ms`)).then(
    () => {},
    () => {},
  );
}

/**
 * Resolves or rejects like `work`. After `ms` it rejects with the error of `late`. The work continues, but its late
 * result is ignored.
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
