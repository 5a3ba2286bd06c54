import type { Cancel, Clock } from "../../runtime/clock.ts";
import type { Run } from "../run/run.ts";
import type { TaskLimit } from "./task-limit.ts";

/** What becomes of a run that wants to start: it may, it waits in its slot, or its task is paused. */
export type Entry = "now" | "later" | "paused";

/**
 * Holds runs to the limits of their tasks. Where all tasks of a queue are limited, no more is asked for than can start:
 * nothing is leased in vain. Where a limited task shares its queue with others, what has no place yet waits in its slot,
 * its lease kept.
 */
export class TaskLimiter {
  readonly #limits: ReadonlyMap<string, TaskLimit>;
  readonly #clock: Clock;
  readonly #wake: () => void;
  /** Runs that have a place, by the limit they took it from. */
  readonly #inside = new Map<Run, TaskLimit>();
  #cancelAlarm: Cancel | undefined;
  #alarmAt = Number.POSITIVE_INFINITY;

  /** `limits` by name of the task; tasks without one are not in it. `wake` is called when time has made room. */
  constructor(limits: ReadonlyMap<string, TaskLimit>, clock: Clock, wake: () => void) {
    this.#limits = limits;
    this.#clock = clock;
    this.#wake = wake;
  }

  /** How many jobs of a queue with these tasks could start now. */
  room(tasks: readonly string[]): number {
    let room = 0;
    for (const task of tasks) {
      const limit = this.#limits.get(task);
      if (limit === undefined) return Number.POSITIVE_INFINITY;
      const places = Math.max(0, limit.places - limit.line.length);
      if (places === 0) this.#look(limit);
      room += places;
    }
    return tasks.length === 0 ? Number.POSITIVE_INFINITY : room;
  }

  /** So many workers serve the queue of these tasks. */
  share(tasks: readonly string[], workers: number): void {
    for (const task of tasks) this.#limits.get(task)?.share(workers);
  }

  /** Whether all of these tasks are paused. */
  isPaused(tasks: readonly string[]): boolean {
    return tasks.length > 0 && tasks.every((task) => this.#limits.get(task)?.isPaused ?? false);
  }

  /** A run wants to start; its task is known by now. One that has been let in before may. */
  enter(run: Run): Entry {
    const limit = this.#limits.get(run.task);
    if (limit === undefined || this.#inside.has(run)) return "now";
    if (limit.isPaused) return "paused";
    if (limit.line.length === 0 && limit.places > 0) {
      this.#letIn(run, limit);
      return "now";
    }
    limit.line.push(run);
    this.#look(limit);
    return "later";
  }

  /** A run is over, or gave up waiting: its place goes to the next. */
  leave(run: Run): void {
    if (this.#inside.size === 0) return;
    this.#inside.get(run)?.leave();
    this.#inside.delete(run);
  }

  /** Takes a run out of the line it waits in; `false`: it waits in none. */
  withdraw(run: Run): boolean {
    const line = this.#limits.get(run.task)?.line ?? [];
    const index = line.indexOf(run);
    if (index >= 0) line.splice(index, 1);
    return index >= 0;
  }

  /** Runs whose turn has come. */
  *next(): Generator<Run, void> {
    for (const limit of this.#limits.values()) {
      while (limit.places > 0 || limit.isPaused) {
        const run = limit.line.shift();
        if (run === undefined) break;
        // A paused task's turn will not come: its runs find that out when they want to start once more.
        if (!limit.isPaused) this.#letIn(run, limit);
        yield run;
      }
      if (limit.line.length > 0) this.#look(limit);
    }
  }

  /** Empties all lines: what waited will not start here. */
  *clear(): Generator<Run, void> {
    for (const { line } of this.#limits.values()) yield* line.splice(0);
    this.stop();
  }

  stop(): void {
    this.#cancelAlarm?.();
  }

  #letIn(run: Run, limit: TaskLimit): void {
    limit.take();
    this.#inside.set(run, limit);
  }

  /** Looks again when time may have made room; one timer for all. */
  #look(limit: TaskLimit): void {
    const inMs = limit.nextLookMs;
    const at = this.#clock.monotonic() + inMs;
    if (at >= this.#alarmAt) return;
    this.#cancelAlarm?.();
    this.#alarmAt = at;
    this.#cancelAlarm = this.#clock.schedule(inMs, () => {
      this.#alarmAt = Number.POSITIVE_INFINITY;
      this.#wake();
    });
  }
}
