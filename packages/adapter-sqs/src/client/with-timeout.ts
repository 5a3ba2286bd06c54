import { systemClock, withDeadline } from "@jobs/core";

/** The answer of `work`, if it comes within `ms`. The work goes on; its late answer is ignored. @throws Error named TimeoutError */
export function withTimeout<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = () =>
    Object.assign(new Error(`no answer within ${Math.round(ms)} ms`), { name: "TimeoutError" });
  return withDeadline(systemClock, ms, work, late);
}
