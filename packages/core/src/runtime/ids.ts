import { createHash, randomFillSync } from "node:crypto";
import { type Clock, systemClock } from "./clock.ts";
import type { Random } from "./random.ts";

/** Makes job ids. */
export type IdSource = () => string;

/** Bytes of one id that are drawn at random: one to start the counter, two bits and 40 behind it. */
const RANDOM_BYTES = 7;

/** Ids drawn from the system's generator at once: one call for each id would cost more than the id. */
const POOLED_IDS = 256;

/** Places of a UUID's parts in its text. */
const AT = { time: 0, counter: 15, random: 26 } as const;

/**
 * UUID version 7 (RFC 9562): sorts by time, unique across machines, rising within one process. Own code because the id
 * is on the way of every enqueue, and its first half is the same for all jobs of a millisecond.
 */
export const uuidv7Ids: IdSource = createIds(systemClock, randomFillSync, POOLED_IDS);

/** The same ids from an injected clock and generator, so that a test's ids are the same in every run. */
export function deterministicIds(clock: Clock, random: Random): IdSource {
  const fill = (bytes: Uint8Array) => {
    for (let index = 0; index < bytes.length; index++) bytes[index] = Math.floor(random() * 256);
  };
  return createIds(clock, fill, 1);
}

/** The same id from the same texts, as a UUID version 8: for jobs that must be the same job however often they are sent. */
export function derivedId(...texts: readonly string[]): string {
  const hex = createHash("sha256").update(texts.join("\n")).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * The RFC's method 1: a counter of 32 bits behind the time. It starts in its lower half, so that a millisecond has room
 * to count up, and goes on counting within the last one when the clock goes back, so that ids always rise. An id is
 * written into bytes and read as one text: pieces of text put together are flattened again by whoever looks into them.
 */
function createIds(clock: Clock, fill: (bytes: Uint8Array) => void, pooledIds: number): IdSource {
  const text = Buffer.from("00000000-0000-7000-8000-000000000000", "latin1");
  const pool = new Uint8Array(RANDOM_BYTES * pooledIds);
  let used = pool.length;
  let stampedMs = Number.NEGATIVE_INFINITY;
  let counter = 0;
  return () => {
    if (used === pool.length) {
      fill(pool);
      used = 0;
    }
    const random = used;
    used += RANDOM_BYTES;
    const now = clock.now();
    if (now > stampedMs) {
      stampedMs = now;
      writeTime(text, now);
      counter = byteAt(pool, random + 6) << 23;
    } else counter++;
    writeCounter(text, counter, byteAt(pool, random));
    for (let index = 0; index < 5; index++)
      writeHex(text, AT.random + 2 * index, byteAt(pool, random + 1 + index));
    return text.toString("latin1");
  };
}

function writeTime(text: Buffer, now: number): void {
  const hex = now.toString(16).padStart(12, "0");
  text.write(`${hex.slice(0, 8)}-${hex.slice(8)}-7`, AT.time, "latin1");
}

/** The counter over the places that version and variant leave free, its last byte filled up with two random bits. */
function writeCounter(text: Buffer, counter: number, filler: number): void {
  text[AT.counter] = hexDigit(counter >>> 28);
  writeHex(text, AT.counter + 1, counter >>> 20);
  writeHex(text, AT.counter + 4, 0x80 | ((counter >>> 14) & 0x3f));
  writeHex(text, AT.counter + 6, counter >>> 6);
  writeHex(text, AT.counter + 9, (counter << 2) | (filler & 0x03));
}

/** Two digits for the lowest eight bits. */
function writeHex(text: Buffer, at: number, byte: number): void {
  text[at] = hexDigit(byte >>> 4);
  text[at + 1] = hexDigit(byte);
}

/** The character of the lowest four bits. */
function hexDigit(bits: number): number {
  const digit = bits & 0xf;
  return digit < 10 ? 0x30 + digit : 0x57 + digit;
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}
