import { isJobsError } from "../errors/jobs-error.ts";
import type { Producer } from "../producer/producer.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Ticks } from "./cron-ticks.ts";
import { cadenceText, dueTicks, mayBeMissed, ticksBetween, wasPaused } from "./due-ticks.ts";
import type { Schedule } from "./schedule.ts";
import { sendTick } from "./tick-job.ts";
import { CLAIM_MS, isPausedBy, KEEP_MS, type MarkedSchedule, type TickMarks } from "./tick-marks.ts";

/** How far to look back at most after a clock was put back, in ms. */
const LOOK_BACK_MS = 60_000;

/** Pause after an error of the coordination store or broker, in ms. */
const RETRY_MS = 5_000;

/** What sending ticks needs. */
export interface TickParts {
  readonly coordination: TickMarks;
  readonly producer: Producer;
  readonly runtime: Runtime;
  /** Prefix of this app's queues: apps that share a result store must not share ids. */
  readonly prefix: string;
  /** Identity of this worker. */
  readonly owner: string;
  /** Whether the worker stops, so that no tick may be taken. */
  hasStopped(): boolean;
}

/**
 * One schedule in one worker. Every worker checks every tick. One of them takes it and sends its job. The others check
 * again when it should be sent, and the first of them sends it if it was not.
 */
export class ScheduleLine {
  readonly #schedule: Schedule;
  readonly #marked: MarkedSchedule;
  readonly #ticks: Ticks;
  readonly #parts: TickParts;
  /** Ticks up to this time are settled or taken by another worker. Wall time; `undefined` before the first check. */
  #seen: number | undefined;
  /** When {@link #seen} was the current time. Monotonic. */
  #seenAt = Number.NEGATIVE_INFINITY;
  /** The tick after {@link #seen}, kept so that cron is not computed at every timer. */
  #next: { readonly after: number; readonly at: number } = { after: Number.NaN, at: 0 };
  /** Ticks that other workers have taken, with the monotonic time to check again. */
  readonly #others = new Map<number, number>();
  /** Monotonic. */
  #retryAt = 0;
  /** When to mark the schedule as in use again. Monotonic. */
  #keepAt: number;
  #hasFailed = false;
  #isBusy = false;

  constructor(schedule: Schedule, ticks: Ticks, parts: TickParts) {
    this.#schedule = schedule;
    this.#marked = { name: schedule.name, cadence: cadenceText(schedule.cadence) };
    this.#keepAt = parts.runtime.clock.monotonic() + KEEP_MS;
    this.#ticks = ticks;
    this.#parts = parts;
  }

  /** Time until the next check, in ms. */
  get restMs(): number {
    const { clock } = this.#parts.runtime;
    if (this.#isBusy) return Number.POSITIVE_INFINITY;
    const retryMs = this.#retryAt - clock.monotonic();
    if (retryMs > 0) return retryMs;
    if (this.#seen === undefined) return 0;
    const now = clock.now();
    const after = this.#seenBefore(this.#seen, now);
    return Math.max(0, Math.min(this.#nextAfter(after) - now, this.#keepInMs, ...this.#lookAgainIn()));
  }

  /** Sends due ticks. It never rejects. */
  async look(): Promise<void> {
    const { runtime } = this.#parts;
    this.#isBusy = true;
    try {
      await this.#takeDue();
      await this.#takeLeft();
      await this.#keep();
      this.#hasFailed = false;
    } catch (error) {
      const reported = { source: "schedule", err: error, schedule: this.#schedule.name } as const;
      if (!this.#hasFailed) runtime.report(reported, "a schedule cannot go on; it is tried again");
      this.#hasFailed = true;
      this.#retryAt = runtime.clock.monotonic() + RETRY_MS;
    } finally {
      this.#isBusy = false;
    }
  }

  #nextAfter(after: number): number {
    if (this.#next.after !== after) {
      this.#next = { after, at: this.#ticks.after(after) ?? Number.POSITIVE_INFINITY };
    }
    return this.#next.at;
  }

  get #keepInMs(): number {
    return this.#keepAt - this.#parts.runtime.clock.monotonic();
  }

  async #keep(): Promise<void> {
    const { coordination, runtime, hasStopped } = this.#parts;
    if (this.#keepInMs > 0 || hasStopped()) return;
    await coordination.keep(this.#marked, runtime.clock.now());
    this.#keepAt = runtime.clock.monotonic() + KEEP_MS;
  }

  #lookAgainIn(): readonly number[] {
    const monotonic = this.#parts.runtime.clock.monotonic();
    return [...this.#others.values()].map((at) => at - monotonic);
  }

  async #takeDue(): Promise<void> {
    const { coordination, runtime, hasStopped } = this.#parts;
    const { name, catchUp } = this.#schedule;
    const now = runtime.clock.now();
    const lookedAt = runtime.clock.monotonic();
    const isFirstLook = this.#seen === undefined;
    this.#seen ??= await coordination.passed(this.#marked, now);
    const came = ticksBetween(this.#ticks, this.#seenBefore(this.#seen, now), now);
    const pauses = mayBeMissed(came, now) || isFirstLook ? await coordination.pauses(name) : [];
    for (const tick of dueTicks(came, { until: now, catchUp, isFirstLook, pauses })) {
      if (hasStopped()) return;
      await this.#take(tick);
      this.#seen = tick;
    }
    this.#seen = now;
    this.#seenAt = lookedAt;
  }

  /** A clock that was put back reaches known ticks again; their marks prevent a second job. */
  #seenBefore(seen: number, now: number): number {
    if (seen <= now) return seen;
    return now - Math.min(LOOK_BACK_MS, this.#parts.runtime.clock.monotonic() - this.#seenAt);
  }

  async #takeLeft(): Promise<void> {
    const { runtime, hasStopped } = this.#parts;
    for (const [tick, at] of [...this.#others]) {
      if (hasStopped()) return;
      if (at <= runtime.clock.monotonic()) await this.#take(tick);
    }
  }

  async #take(tick: number): Promise<void> {
    const { coordination, runtime, owner } = this.#parts;
    const { name } = this.#schedule;
    for (;;) {
      const askedAt = runtime.clock.monotonic();
      const claim = await coordination.claim(name, tick, owner);
      if (claim === "taken") return void this.#others.set(tick, askedAt + CLAIM_MS);
      if (claim === "settled") return void this.#others.delete(tick);
      const pauses = await coordination.pauses(name);
      const isPaused = isPausedBy(pauses) || wasPaused(pauses, tick);
      // A process that was suspended in between may not own the tick any more.
      if (runtime.clock.monotonic() - askedAt > CLAIM_MS / 2) continue;
      await coordination.finish(name, tick, isPaused ? "paused" : await this.#send(tick));
      await coordination.pass(this.#marked, tick);
      return void this.#others.delete(tick);
    }
  }

  async #send(tick: number): Promise<"sent" | "refused"> {
    const { producer, prefix, runtime } = this.#parts;
    try {
      await sendTick(producer, this.#schedule, tick, prefix);
      return "sent";
    } catch (error) {
      if (!isJobsError(error) || error.retryable) throw error;
      const reported = { source: "schedule", err: error, schedule: this.#schedule.name } as const;
      runtime.report(
        { ...reported, tick: new Date(tick).toISOString() },
        "the job of a tick was refused; the schedule goes on with the next",
        runtime.logger.error,
      );
      return "refused";
    }
  }
}
