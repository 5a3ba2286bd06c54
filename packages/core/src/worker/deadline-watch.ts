import type { Cancel, Clock } from "../runtime/clock.ts";

/** Watches the deadlines of many things with one timer: a timer for each job would cost more than most jobs. */
export interface DeadlineWatch<T> {
  /** Calls `onDue(item)` once at `dueAt` (monotonic ms; `Infinity` = never), unless unwatched before. */
  watch(item: T, dueAt: number): void;
  unwatch(item: T): void;
  /** Forgets all. */
  stop(): void;
}

/** Creates a {@link DeadlineWatch}. The timer is re-armed lazily, so items that end in time cost one map entry. */
export function createDeadlineWatch<T>(
  clock: Clock,
  onDue: (item: T, dueAt: number) => void,
): DeadlineWatch<T> {
  const dueTimes = new Map<T, number>();
  let armedFor = Number.POSITIVE_INFINITY;
  let cancel: Cancel = () => {};

  function arm(dueAt: number): void {
    if (dueAt >= armedFor) return;
    cancel();
    armedFor = dueAt;
    cancel = clock.schedule(Math.max(0, dueAt - clock.monotonic()), fire);
  }

  function fire(): void {
    armedFor = Number.POSITIVE_INFINITY;
    const now = clock.monotonic();
    let next = Number.POSITIVE_INFINITY;
    for (const [item, dueAt] of [...dueTimes]) {
      if (dueAt > now) {
        next = Math.min(next, dueAt);
      } else {
        dueTimes.delete(item);
        onDue(item, dueAt);
      }
    }
    if (next !== Number.POSITIVE_INFINITY) arm(next);
  }

  return {
    watch(item, dueAt) {
      if (dueAt === Number.POSITIVE_INFINITY) return;
      dueTimes.set(item, dueAt);
      arm(dueAt);
    },
    unwatch: (item) => void dueTimes.delete(item),
    stop() {
      cancel();
      armedFor = Number.POSITIVE_INFINITY;
      dueTimes.clear();
    },
  };
}
