/** Bytes of a block. */
const BLOCK = 64;

/**
 * SHA-256 (FIPS 180-4) of a text in UTF-8, as hex. Fingerprints and digests of tasks are short. Node's `crypto` takes
 * longer to load than a thousand of them to compute, and an edge runtime has none that answers at once.
 */
export function sha256(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const padded = new DataView(new ArrayBuffer(Math.ceil((bytes.length + 9) / BLOCK) * BLOCK));
  new Uint8Array(padded.buffer).set(bytes);
  padded.setUint8(bytes.length, 0x80);
  padded.setBigUint64(padded.byteLength - 8, BigInt(bytes.length) * 8n);
  const { start, rounds } = constants();
  const state = Int32Array.from(start);
  const words = new Int32Array(BLOCK);
  for (let offset = 0; offset < padded.byteLength; offset += BLOCK) {
    expand(padded, offset, words);
    addBlock(state, words, rounds);
  }
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** The 64 words of one block. */
function expand(data: DataView, offset: number, words: Int32Array): void {
  for (let i = 0; i < 16; i++) words[i] = data.getInt32(offset + 4 * i);
  for (let i = 16; i < BLOCK; i++) {
    const low = at(words, i - 15);
    const high = at(words, i - 2);
    const early = turn(low, 7) ^ turn(low, 18) ^ (low >>> 3);
    const late = turn(high, 17) ^ turn(high, 19) ^ (high >>> 10);
    words[i] = at(words, i - 16) + early + at(words, i - 7) + late;
  }
}

function addBlock(state: Int32Array, words: Int32Array, rounds: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < BLOCK; i++) {
    const choice = (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g));
    const first = h + choice + at(rounds, i) + at(words, i);
    const second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  // An array of 32-bit numbers wraps each sum.
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index] = at(state, index) + word;
}

function turn(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function at(words: Int32Array, index: number): number {
  return words[index] ?? 0;
}

interface Constants {
  readonly start: Int32Array;
  readonly rounds: Int32Array;
}

let computed: Constants | undefined;

/** The first 32 bits of the roots of the first primes, as the standard defines them. */
function constants(): Constants {
  if (computed !== undefined) return computed;
  const primes: number[] = [];
  for (let n = 2; primes.length < BLOCK; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  const bitsOf = (root: number) => ((root % 1) * 2 ** 32) | 0;
  computed = {
    start: Int32Array.from(primes.slice(0, 8), (n) => bitsOf(Math.sqrt(n))),
    rounds: Int32Array.from(primes, (n) => bitsOf(Math.cbrt(n))),
  };
  return computed;
}
