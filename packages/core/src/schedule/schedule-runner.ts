import { isJobsError } from "../errors/jobs-error.ts";
import type { Producer } from "../producer/producer.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Ticks } from "./cron-ticks.ts";
import { cadenceText, dueTicks, mayBeMissed, ticksBetween, wasPaused } from "./due-ticks.ts";
import type { Schedule } from "./schedule.ts";
import { sendTick } from "./tick-job.ts";
import {
  CLAIM_MS,
  isPausedBy,
  RECORD_IN_USE_MS,
  type RecordedSchedule,
  type TickRecords,
} from "./tick-records.ts";

/** How far to look back at most after a clock was put back, in ms. */
const MAX_LOOK_BACK_MS = 60_000;

/** Pause after an error of the coordination store or broker, in ms. */
const RETRY_MS = 5_000;

/** The parts of a worker that run a schedule. */
export interface RunnerParts {
  readonly coordination: TickRecords;
  readonly producer: Producer;
  readonly runtime: Runtime;
  /** Prefix of this app's queues: apps that share a result store must not share ids. */
  readonly prefix: string;
  /** Identity of this worker. */
  readonly owner: string;
  /** Whether the worker stops, so that no tick may be taken. */
  hasStopped(): boolean;
  /** Whether this is still the definition of a schedule made at run time. Default: it cannot change. */
  isCurrent?(): Promise<boolean>;
}

/**
 * One schedule in one worker. Every worker checks every tick. One of them takes it and sends its job. The others check
 * again when it should be sent, and the first of them sends it if it was not.
 */
export class ScheduleRunner {
  readonly #schedule: Schedule;
  readonly #recorded: RecordedSchedule;
  readonly #ticks: Ticks;
  readonly #parts: RunnerParts;
  /** Ticks up to this time were sent, or taken by another worker. Wall time; `undefined` before the first check. */
  #checkedUntil: number | undefined;
  /** The monotonic time of the last check. */
  #checkedAt = Number.NEGATIVE_INFINITY;
  /** The tick after {@link #checkedUntil}, kept so that cron is not computed at every timer. */
  #next: { readonly after: number; readonly at: number } = { after: Number.NaN, at: 0 };
  /** Ticks that other workers have taken, with the monotonic time to check again. */
  readonly #takenByOthers = new Map<number, number>();
  /** When to try again after an error. Monotonic. */
  #retryAt = 0;
  /** When to record again that the schedule is in use. Monotonic. */
  #markInUseAt: number;
  #hasFailed = false;
  #isBusy = false;
  #isOutdated = false;

  constructor(schedule: Schedule, ticks: Ticks, parts: RunnerParts) {
    this.#schedule = schedule;
    this.#recorded = { name: schedule.name, cadence: cadenceText(schedule.cadence) };
    this.#markInUseAt = parts.runtime.clock.monotonic() + RECORD_IN_USE_MS;
    this.#ticks = ticks;
    this.#parts = parts;
  }

  /** Whether somebody has changed or removed the schedule: it sends no more ticks. */
  get isOutdated(): boolean {
    return this.#isOutdated;
  }

  /** Time until the next check, in ms. */
  get checkInMs(): number {
    const { clock } = this.#parts.runtime;
    if (this.#isBusy || this.#isOutdated) return Number.POSITIVE_INFINITY;
    const retryMs = this.#retryAt - clock.monotonic();
    if (retryMs > 0) return retryMs;
    if (this.#checkedUntil === undefined) return 0;
    const now = clock.now();
    const after = this.#checkedBefore(this.#checkedUntil, now);
    return Math.max(0, Math.min(this.#nextAfter(after) - now, this.#markInUseInMs, ...this.#checkAgainIn()));
  }

  /** Sends due ticks. It never rejects. */
  async check(): Promise<void> {
    const { runtime } = this.#parts;
    this.#isBusy = true;
    try {
      await this.#sendDue();
      await this.#sendAbandoned();
      await this.#markInUse();
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

  get #markInUseInMs(): number {
    return this.#markInUseAt - this.#parts.runtime.clock.monotonic();
  }

  async #markInUse(): Promise<void> {
    const { coordination, runtime, hasStopped } = this.#parts;
    if (this.#markInUseInMs > 0 || hasStopped()) return;
    await coordination.markInUse(this.#recorded, runtime.clock.now());
    this.#markInUseAt = runtime.clock.monotonic() + RECORD_IN_USE_MS;
  }

  #checkAgainIn(): readonly number[] {
    const monotonic = this.#parts.runtime.clock.monotonic();
    return [...this.#takenByOthers.values()].map((at) => at - monotonic);
  }

  async #sendDue(): Promise<void> {
    const { coordination, runtime, hasStopped } = this.#parts;
    const { name, catchUp } = this.#schedule;
    const now = runtime.clock.now();
    const startedAt = runtime.clock.monotonic();
    // A check that failed says nothing about missed ticks: after a start, only a later one is the first.
    const isFirstCheck = this.#checkedAt === Number.NEGATIVE_INFINITY;
    this.#checkedUntil ??= await coordination.position(this.#recorded, now);
    const passed = ticksBetween(this.#ticks, this.#checkedBefore(this.#checkedUntil, now), now);
    const pauses = mayBeMissed(passed, now) || isFirstCheck ? await coordination.pauses(name) : [];
    for (const tick of dueTicks(passed, { until: now, catchUp, isFirstCheck, pauses })) {
      if (hasStopped() || this.#isOutdated) return;
      await this.#claimAndSend(tick);
      this.#checkedUntil = tick;
    }
    this.#checkedUntil = now;
    this.#checkedAt = startedAt;
  }

  /** A clock that was put back reaches known ticks again; their entries prevent a second job. */
  #checkedBefore(until: number, now: number): number {
    if (until <= now) return until;
    return now - Math.min(MAX_LOOK_BACK_MS, this.#parts.runtime.clock.monotonic() - this.#checkedAt);
  }

  /** Sends the ticks whose worker has not sent them in time. */
  async #sendAbandoned(): Promise<void> {
    const { runtime, hasStopped } = this.#parts;
    for (const [tick, at] of [...this.#takenByOthers]) {
      if (hasStopped()) return;
      if (at <= runtime.clock.monotonic()) await this.#claimAndSend(tick);
    }
  }

  async #claimAndSend(tick: number): Promise<void> {
    const { coordination, runtime, owner } = this.#parts;
    const { name } = this.#schedule;
    for (;;) {
      const askedAt = runtime.clock.monotonic();
      const claim = await coordination.claim(name, tick, owner);
      if (claim === "taken") return void this.#takenByOthers.set(tick, askedAt + CLAIM_MS);
      if (claim === "finished") return void this.#takenByOthers.delete(tick);
      const pauses = await coordination.pauses(name);
      const isPaused = isPausedBy(pauses) || wasPaused(pauses, tick);
      // The claim stays: the new definition sends the tick, if it has it, once the claim has ended or in this worker.
      if ((await this.#parts.isCurrent?.()) === false) {
        this.#isOutdated = true;
        return;
      }
      // A process that was suspended in between may not own the tick any more.
      if (runtime.clock.monotonic() - askedAt > CLAIM_MS / 2) continue;
      await coordination.finish(name, tick, isPaused ? "paused" : await this.#send(tick));
      await coordination.setPosition(this.#recorded, tick);
      return void this.#takenByOthers.delete(tick);
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
