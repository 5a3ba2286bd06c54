/** Room for runs. Nothing is received beyond it: no lease burns in a hidden buffer. */
export interface Slots {
  readonly total: number;
  /** How many messages may be asked for now. */
  readonly free: number;
  /** Slots promised to receives under way. */
  readonly reserved: number;
  /** Handlers at work, and jobs that wait for theirs. */
  readonly occupied: number;
  /** Handlers that do not come back. */
  readonly stuck: number;
  reserve(count: number): void;
  unreserve(count: number): void;
  occupy(): void;
  vacate(): void;
  markStuck(): void;
  unmarkStuck(): void;
}

/** Creates {@link Slots}; `unsettled` tells how many settlements are unconfirmed and how many of those have failed. */
export function createSlots(total: number, unsettled: () => { unconfirmed: number; failing: number }): Slots {
  let occupied = 0;
  let reserved = 0;
  let stuck = 0;
  return {
    total,
    get free() {
      const { unconfirmed, failing } = unsettled();
      // A settlement under way frees its slot at once; one that fails, or a backlog of them, holds it.
      const inFlight = failing + Math.max(0, unconfirmed - failing - total);
      return Math.max(0, total - occupied - reserved - inFlight);
    },
    get reserved() {
      return reserved;
    },
    get occupied() {
      return occupied;
    },
    get stuck() {
      return stuck;
    },
    reserve(count) {
      reserved += count;
    },
    unreserve(count) {
      reserved -= count;
    },
    occupy() {
      occupied++;
    },
    vacate() {
      occupied--;
    },
    markStuck() {
      stuck++;
    },
    unmarkStuck() {
      stuck--;
    },
  };
}
