import type { Run } from "./run.ts";

/** From this many crashes on a job is a suspect. One crash can be an innocent neighbour's; two call for proof. */
const SUSPECT_CRASHES = 2;

/** Where a delivery goes: it begins now, waits until it is alone, or goes back for other workers. */
export type Isolation = "now" | "alone" | "back";

/**
 * Runs suspects alone in the process: when a job has been there at two crashes, only a run without neighbours shows
 * who did it. A worker that dies is counted against every job it holds, also those that wait or are not acknowledged
 * yet; so beside a suspect nothing is held, and what else has arrived goes back.
 */
export class CrashIsolation {
  #suspect: Run | undefined;
  #hasBegun = false;

  /** Decides about a delivery that has arrived. After `alone` nothing more is to be received. */
  place(run: Run): Isolation {
    if (this.#suspect !== undefined) return "back";
    if ((run.delivery.crashCount ?? 0) < SUSPECT_CRASHES) return "now";
    this.#suspect = run;
    return "alone";
  }

  /** The suspect, once: when it may begin, because of `inHand` deliveries it is the only one. */
  next(inHand: number): Run | undefined {
    return inHand > 1 ? undefined : this.clear();
  }

  /** The suspect, once, even if it is not alone: it must not wait when nothing is run any more. */
  clear(): Run | undefined {
    if (this.#hasBegun) return undefined;
    this.#hasBegun = this.#suspect !== undefined;
    return this.#suspect;
  }

  /** A delivery is in hand no more. Tells whether it was the suspect, so that receiving may go on. */
  left(run: Run): boolean {
    if (run !== this.#suspect) return false;
    this.#suspect = undefined;
    this.#hasBegun = false;
    return true;
  }
}
