import type { Clock } from "@jobs/core/runtime";
import type { Present } from "../queue/promote-due.ts";

/** Smaller differences between the clocks are normal corrections of the machine. */
const STEP_MS = 1_000;

/**
 * The broker's clock: the wall clock, which all processes of the machine share. When it is set forward, leases of
 * living workers would end at once. So their ends wait for the length of one lease, in which the workers extend them.
 */
export class LeaseClock {
  readonly #clock: Clock;
  #lastNow: number;
  #lastMonotonic: number;
  #patienceMs = 0;
  #heldBackMs = 0;
  #heldBackUntil = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastNow = clock.now();
    this.#lastMonotonic = clock.monotonic();
  }

  /** Records the length of leases here: a living worker extends its own within that time. */
  noteLease(leaseMs: number): void {
    this.#patienceMs = Math.max(this.#patienceMs, leaseMs);
  }

  present(): Present {
    const now = this.#clock.now();
    const monotonic = this.#clock.monotonic();
    const stepMs = now - this.#lastNow - (monotonic - this.#lastMonotonic);
    this.#lastNow = now;
    this.#lastMonotonic = monotonic;
    if (stepMs > STEP_MS) {
      this.#heldBackMs += stepMs;
      this.#heldBackUntil = monotonic + this.#patienceMs;
    }
    if (monotonic >= this.#heldBackUntil) this.#heldBackMs = 0;
    const nowAt = Math.floor(now);
    return { nowAt, leasesEndAt: nowAt - Math.ceil(this.#heldBackMs) };
  }
}
