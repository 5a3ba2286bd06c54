import type { Run } from "./run.ts";

/** From this many crashes on a job is a suspect. One crash can be an innocent neighbour's; two call for proof. */
const SUSPECT_CRASHES = 2;

/** Where a delivery goes: it begins now, waits in the lane until it is alone, or goes back for other workers. */
export type Isolation = "now" | "lane" | "back";

/** What a {@link CrashIsolation} works on. */
export interface CrashIsolationParts {
  /** Deliveries in hand whose settlement is not confirmed. */
  inHand(): number;
  begin(run: Run): void;
  /** Nothing more may be received. */
  onClose(): void;
  onOpen(): void;
}

/**
 * Runs suspects alone in the process: when a job has been there at two crashes, only a run without neighbours shows
 * who did it. A worker that dies is counted against every job it holds, also those that wait or are not acknowledged
 * yet; so beside a suspect nothing is held, and what else has arrived goes back.
 */
export class CrashIsolation {
  readonly #parts: CrashIsolationParts;
  #suspect: Run | undefined;
  #hasBegun = false;

  constructor(parts: CrashIsolationParts) {
    this.#parts = parts;
  }

  /** Decides about a delivery that has arrived; the first suspect closes the lane. */
  place(run: Run): Isolation {
    if (this.#suspect !== undefined) return "back";
    if ((run.delivery.crashCount ?? 0) < SUSPECT_CRASHES) return "now";
    this.#suspect = run;
    this.#parts.onClose();
    return "lane";
  }

  /** Begins the suspect once nothing else is in hand. */
  advance(): void {
    if (this.#suspect === undefined || this.#hasBegun || this.#parts.inHand() > 1) return;
    this.#hasBegun = true;
    this.#parts.begin(this.#suspect);
  }

  /** A delivery is in hand no more; when it was the suspect, the lane is open again. */
  left(run: Run): void {
    if (run !== this.#suspect) return;
    this.#suspect = undefined;
    this.#hasBegun = false;
    this.#parts.onOpen();
  }

  /** Begins the suspect even if it is not alone, so that it does not wait when nothing is run any more. */
  clear(): void {
    if (this.#suspect === undefined || this.#hasBegun) return;
    this.#hasBegun = true;
    this.#parts.begin(this.#suspect);
  }
}
