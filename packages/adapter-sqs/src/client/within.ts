import { systemClock } from "@jobs/core";

/** The answer of `work`, if it comes within `ms`. The work goes on; its late answer is ignored. @throws Error named TimeoutError */
export function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = systemClock.schedule(ms, () => {
      reject(Object.assign(new Error(`no answer within ${Math.round(ms)} ms`), { name: "TimeoutError" }));
    });
    work.finally(cancel).then(resolve, reject);
  });
}
