import { randomFillSync } from "node:crypto";
import { v7 } from "uuid";
import { type Clock, systemClock } from "./clock.ts";
import type { Random } from "./random.ts";

/** Makes job ids. */
export type IdSource = () => string;

/** Bytes of one id that are drawn at random. */
const RANDOM_BYTES = 16;

/** Ids drawn from the system's generator at once: one call for each id would cost more than the id. */
const POOLED_IDS = 256;

/** The counter of RFC 9562 (method 1) starts in its lower half, so that a millisecond has room to count up. */
const COUNTER_START = 2 ** 31;

/** UUID version 7 (RFC 9562): sorts by time, unique across machines, rising within one process. */
export const uuidv7Ids: IdSource = createIds(systemClock, pooledRandomBytes());

/** The same ids from an injected clock and generator, so that a test's ids are the same in every run. */
export function deterministicIds(clock: Clock, random: Random): IdSource {
  return createIds(clock, () => Uint8Array.from({ length: RANDOM_BYTES }, () => Math.floor(random() * 256)));
}

/** Counts within a millisecond, and within the last one when the clock goes back, so that ids always rise. */
function createIds(clock: Clock, randomBytes: () => Uint8Array): IdSource {
  let msecs = Number.NEGATIVE_INFINITY;
  let seq = 0;
  return () => {
    const now = clock.now();
    const random = randomBytes();
    if (now > msecs) {
      msecs = now;
      seq = Math.floor(((random[0] ?? 0) / 256) * COUNTER_START);
    } else seq++;
    return v7({ msecs, seq, random });
  };
}

function pooledRandomBytes(): () => Uint8Array {
  const pool = new Uint8Array(RANDOM_BYTES * POOLED_IDS);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += RANDOM_BYTES;
    return pool.subarray(used - RANDOM_BYTES, used);
  };
}
