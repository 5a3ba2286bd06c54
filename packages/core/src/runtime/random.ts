/** A source of random numbers, uniform over [0, 1). It is injected, so that a seed repeats a run. */
export type Random = () => number;

/** The engine's own generator. */
export const systemRandom: Random = Math.random;

/**
 * A source that a program has given. Where its answer is no number of [0, 1), the engine's own generator answers: a delay
 * that was made of it would never end.
 */
export function checkedRandom(given: Random): Random {
  return () => {
    const number: unknown = given();
    return typeof number === "number" && number >= 0 && number < 1 ? number : systemRandom();
  };
}

/** A small seeded generator (mulberry32): the same seed gives the same numbers on every machine. Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
