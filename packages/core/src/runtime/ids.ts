import { createHash } from "node:crypto";
import { type Clock, systemClock } from "./clock.ts";
import type { Random } from "./random.ts";
import { fillRandom } from "./random-bytes.ts";

/** Makes job ids. */
export type IdSource = () => string;

/** Random bytes of one id: one for the start of the counter, the others for two bits and 40 after it. */
const RANDOM_BYTES = 7;

/** Ids for each call of the system's generator: a call for every id would cost more than the rest. */
const POOLED_IDS = 256;

/** Positions of a UUID's parts in its text. */
const AT = { time: 0, counter: 15, random: 26 } as const;

/**
 * UUID version 7 (RFC 9562): sorts by time, unique across machines, increasing within one process. No package is
 * used, since every enqueue makes an id, and half of it is the same for all jobs of a millisecond.
 */
export const uuidv7Ids: IdSource = createIds(systemClock, fillRandom, POOLED_IDS);

/** The same ids from an injected clock and generator, so that a test's ids are the same in every run. */
export function deterministicIds(clock: Clock, random: Random): IdSource {
  const fill = (bytes: Uint8Array) => {
    for (let index = 0; index < bytes.length; index++) bytes[index] = Math.floor(random() * 256);
  };
  return createIds(clock, fill, 1);
}

/** The same id from the same texts, as a UUID version 8. For jobs that stay the same job when they are sent again. */
export function derivedId(...texts: readonly string[]): string {
  const hex = createHash("sha256").update(texts.join("\n")).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * The RFC's method 1: a counter of 32 bits after the time. It starts in its lower half, so that it can grow within a
 * millisecond. When the clock goes back, it continues in the last millisecond, so that ids always increase. An id is
 * written into bytes and read as one text, since concatenated text is flattened again by its readers.
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

/** Writes the counter around version and variant; two random bits fill its last byte. */
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
