import type { Run } from "./run.ts";

/** Crashes that make a job a suspect. One crash may be caused by another job of the same worker. */
const SUSPECT_CRASHES = 2;

/** What to do with a delivery: start it now, wait until it is alone, or release it. */
export type Isolation = "now" | "alone" | "release";

/**
 * Runs suspects alone in the process: after two crashes only a run without others shows the cause. A crash counts for
 * every job of the worker, also for waiting jobs and those without an ack. So no other job is held during the run of a
 * suspect; other received jobs are released.
 */
export class CrashIsolation {
  #suspect: Run | undefined;
  #hasBegun = false;

  /** Decides about a new delivery. After `alone` nothing more may be received. */
  decide(run: Run): Isolation {
    if (this.#suspect !== undefined) return "release";
    if ((run.delivery.crashCount ?? 0) < SUSPECT_CRASHES) return "now";
    this.#suspect = run;
    return "alone";
  }

  /** The suspect, once it may start because it is the only one of `inFlight` deliveries. */
  startable(inFlight: number): Run | undefined {
    return inFlight > 1 ? undefined : this.startAnyway();
  }

  /** The suspect, even if it is not alone: it must not wait when no more jobs start. */
  startAnyway(): Run | undefined {
    if (this.#hasBegun) return undefined;
    this.#hasBegun = this.#suspect !== undefined;
    return this.#suspect;
  }

  /** Removes a delivery. Returns whether it was the suspect, so that receiving may continue. */
  ended(run: Run): boolean {
    if (run !== this.#suspect) return false;
    this.#suspect = undefined;
    this.#hasBegun = false;
    return true;
  }
}
