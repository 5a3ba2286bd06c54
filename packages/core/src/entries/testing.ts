// For repeatable runs: a clock that tests move, ids and randomness from a seed, time limits on a busy machine, and an app
// with another broker.

export { FAKE_ADVICE } from "../app/advice-in-tests.ts";
export type { Replacement } from "../app/app-state.ts";
export { type AppSubstitute, substituteApp } from "../app/substitute-app.ts";
export type { ForwardedJob, Producer } from "../producer/producer.ts";
export { deterministicIds, type IdSource, uuidv7Ids } from "../runtime/ids.ts";
export { type Random, seededRandom, systemRandom } from "../runtime/random.ts";
export { createRuntime, type Runtime, type RuntimeParts } from "../runtime/runtime.ts";
export { startStopwatch, starvedMs } from "../runtime/stopwatch.ts";
export { createVirtualClock, type VirtualClock } from "../runtime/virtual-clock.ts";
