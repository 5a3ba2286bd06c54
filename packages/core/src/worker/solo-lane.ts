import type { Run } from "./run.ts";

/** From this many crashes on a job is a suspect. One crash can be an innocent neighbour's; two call for proof. */
const SUSPECT_CRASHES = 2;

/**
 * Runs suspects alone in the process: when a job has been there at two crashes, only a run without neighbours shows
 * who did it, and innocents finish their work.
 */
export interface SoloLane {
  /** Takes a run that must wait: a suspect, or any run that arrives while the lane is closed. */
  takes(run: Run): boolean;
  /** Something ended: starts what may start now. */
  advance(): void;
  /** Gives up everything that waits. */
  clear(): readonly Run[];
  /** Whether nothing else may be received. */
  readonly isClosed: boolean;
  readonly waiting: number;
}

/** What a {@link SoloLane} works on. */
export interface SoloLaneParts {
  /** Runs in this worker, those in the lane included. */
  occupied(): number;
  begin(run: Run): void;
  onClose(): void;
  onOpen(): void;
}

/** Creates a {@link SoloLane}. */
export function createSoloLane(parts: SoloLaneParts): SoloLane {
  let suspects: Run[] = [];
  let others: Run[] = [];
  let isClosed = false;
  let isAdvancing = false;

  function open(): void {
    isClosed = false;
    const released = others;
    others = [];
    for (const run of released) parts.begin(run);
    parts.onOpen();
  }

  return {
    takes(run) {
      const isSuspect = (run.delivery.crashCount ?? 0) >= SUSPECT_CRASHES;
      if (!isSuspect && !isClosed) return false;
      (isSuspect ? suspects : others).push(run);
      if (!isClosed) {
        isClosed = true;
        parts.onClose();
      }
      return true;
    },
    advance() {
      // A handler that returns at once ends within `begin` and comes back here: the loop takes care of it.
      if (isAdvancing) return;
      isAdvancing = true;
      while (isClosed && parts.occupied() <= suspects.length + others.length) {
        const next = suspects.shift();
        if (next === undefined) open();
        else parts.begin(next);
      }
      isAdvancing = false;
    },
    clear() {
      const waiting = [...suspects, ...others];
      suspects = [];
      others = [];
      return waiting;
    },
    get isClosed() {
      return isClosed;
    },
    get waiting() {
      return suspects.length + others.length;
    },
  };
}
