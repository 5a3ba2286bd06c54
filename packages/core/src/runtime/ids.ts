import { createHash, randomFillSync } from "node:crypto";
import { type Clock, systemClock } from "./clock.ts";
import type { Random } from "./random.ts";

/** Makes job ids. */
export type IdSource = () => string;

/** Bytes of one id that are drawn at random: one to start the counter, two bits and 40 behind it. */
const RANDOM_BYTES = 7;

/** Ids drawn from the system's generator at once: one call for each id would cost more than the id. */
const POOLED_IDS = 256;

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * UUID version 7 (RFC 9562): sorts by time, unique across machines, rising within one process. Own code because the id
 * is on the way of every enqueue, and its first half is the same for all jobs of a millisecond.
 */
export const uuidv7Ids: IdSource = createIds(systemClock, pooledRandomBytes());

/** The same ids from an injected clock and generator, so that a test's ids are the same in every run. */
export function deterministicIds(clock: Clock, random: Random): IdSource {
  return createIds(clock, () => Uint8Array.from({ length: RANDOM_BYTES }, () => Math.floor(random() * 256)));
}

/** The same id from the same texts, as a UUID version 8: for jobs that must be the same job however often they are sent. */
export function derivedId(...texts: readonly string[]): string {
  const hex = createHash("sha256").update(texts.join("\n")).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * The RFC's method 1: a counter of 32 bits behind the time. It starts in its lower half, so that a millisecond has room
 * to count up, and goes on counting within the last one when the clock goes back, so that ids always rise.
 */
function createIds(clock: Clock, randomBytes: () => Uint8Array): IdSource {
  let stampedMs = Number.NEGATIVE_INFINITY;
  let timeText = "";
  let counter = 0;
  return () => {
    const now = clock.now();
    const random = randomBytes();
    if (now > stampedMs) {
      stampedMs = now;
      const hex = now.toString(16).padStart(12, "0");
      timeText = `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
      counter = byteAt(random, 6) << 23;
    } else counter++;
    return timeText + counterText(counter, byteAt(random, 0)) + randomText(random);
  };
}

/** The counter over the places that version and variant leave free, its last byte filled up with two random bits. */
function counterText(counter: number, filler: number): string {
  const high = ((counter >>> 20) | 0x1000).toString(16).slice(1);
  const variant = HEX[0x80 | ((counter >>> 14) & 0x3f)];
  const middle = HEX[(counter >>> 6) & 0xff];
  const low = HEX[((counter & 0x3f) << 2) | (filler & 0x03)];
  return `${high}-${variant}${middle}-${low}`;
}

function randomText(random: Uint8Array): string {
  let text = "";
  for (let index = 1; index <= 5; index++) text += HEX[byteAt(random, index)];
  return text;
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
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
