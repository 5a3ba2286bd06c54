// In the place of `node:crypto` in the bundle. WebCrypto answers later, and a task needs its fingerprint at once.

/** A hash that is being made. */
export interface Hash {
  update(text: string): Hash;
  digest(encoding: "hex"): string;
}

/** The hash of a text, for fingerprints of long signatures. Only `sha256` and `hex` are there. */
export function createHash(_algorithm: "sha256"): Hash {
  let text = "";
  return {
    update(more) {
      text += more;
      return this;
    },
    digest: () => sha256(new TextEncoder().encode(text)),
  };
}

/** Bytes of a block, and rounds for each. */
const BLOCK = 64;

/** SHA-256 (FIPS 180-4) of some bytes, as hex. */
function sha256(bytes: Uint8Array): string {
  const { start, rounds } = constants();
  const padded = new DataView(new ArrayBuffer(Math.ceil((bytes.length + 9) / BLOCK) * BLOCK));
  bytes.forEach((byte, index) => {
    padded.setUint8(index, byte);
  });
  padded.setUint8(bytes.length, 0x80);
  padded.setBigUint64(padded.byteLength - 8, BigInt(bytes.length) * 8n);
  let state = start;
  for (let offset = 0; offset < padded.byteLength; offset += BLOCK) {
    state = withBlock(state, expand(padded, offset), rounds);
  }
  return state.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** The 64 words of one block. */
function expand(data: DataView, offset: number): readonly number[] {
  const words: number[] = [];
  const at = (index: number) => words[index] ?? 0;
  for (let i = 0; i < BLOCK; i++) {
    if (i < 16) words.push(data.getInt32(offset + 4 * i));
    else {
      const early = turn(at(i - 15), 7) ^ turn(at(i - 15), 18) ^ (at(i - 15) >>> 3);
      const late = turn(at(i - 2), 17) ^ turn(at(i - 2), 19) ^ (at(i - 2) >>> 10);
      words.push((at(i - 16) + early + at(i - 7) + late) | 0);
    }
  }
  return words;
}

function withBlock(
  state: readonly number[],
  words: readonly number[],
  rounds: readonly number[],
): readonly number[] {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (const [i, word] of words.entries()) {
    const choice = (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g));
    const first = h + choice + (rounds[i] ?? 0) + word;
    const second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  return [a, b, c, d, e, f, g, h].map((word, index) => ((state[index] ?? 0) + word) | 0);
}

function turn(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

/** The first 32 bits of the roots of the first primes, as the standard defines them. */
function constants(): { readonly start: readonly number[]; readonly rounds: readonly number[] } {
  const primes: number[] = [];
  for (let n = 2; primes.length < BLOCK; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  const bitsOf = (root: number) => ((root % 1) * 2 ** 32) | 0;
  return {
    start: primes.slice(0, 8).map((n) => bitsOf(Math.sqrt(n))),
    rounds: primes.map((n) => bitsOf(Math.cbrt(n))),
  };
}

/** Fills bytes with random ones. The bundle drops it again, with the part of core that imports it. */
export function randomFillSync(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  return crypto.getRandomValues(bytes);
}
