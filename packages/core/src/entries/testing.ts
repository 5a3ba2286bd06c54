// For repeatable runs: a clock that tests move, and ids and randomness from a seed.

export { derivedId, deterministicIds, type IdSource, uuidv7Ids } from "../runtime/ids.ts";
export { type Random, seededRandom, systemRandom } from "../runtime/random.ts";
export { createRuntime, type Runtime, type RuntimeParts } from "../runtime/runtime.ts";
export { createVirtualClock, type VirtualClock } from "../runtime/virtual-clock.ts";
