/** Slots for runs. No more messages are received than there are slots, so that no lease expires in a buffer. */
export interface Slots {
  readonly total: number;
  /** How many messages may be asked for now. */
  readonly free: number;
  /** Slots reserved for receives in flight. */
  readonly reserved: number;
  /** Running handlers, and jobs that wait for theirs. */
  readonly occupied: number;
  /** Handlers that do not return. */
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
      // A settlement in flight frees its slot at once; a failing one, or a backlog, occupies it.
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
