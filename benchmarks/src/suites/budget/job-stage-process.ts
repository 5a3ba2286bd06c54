// Takes jobs through one stage: `job-stage-process.js STAGE JOBS`. Prints what the last of them allocated, in bytes a job.
import { JOB_STAGES } from "./job-stages.ts";

/** The share of the jobs whose allocations are counted. The others let the engine compile the code. */
const COUNTED = 0.25;

/** Calls in one millisecond, about as many as under load. */
const CALLS_PER_MS = 500;

// Jobs of one millisecond share texts. So the time goes by calls: on a slow machine the jobs would share fewer.
let calls = Date.now() * CALLS_PER_MS;
Date.now = () => Math.floor(calls++ / CALLS_PER_MS);

const [name = "", jobs = "0"] = process.argv.slice(2);
const stage = JOB_STAGES[name];
if (stage === undefined) throw new RangeError(`there is no stage "${name}".`);
const run = stage.prepare();
const counted = Number(jobs) * COUNTED;
await run(Number(jobs) - counted);
globalThis.gc?.();
const before = process.memoryUsage().heapUsed;
await run(counted);
const bytes = (process.memoryUsage().heapUsed - before) / counted;
process.stdout.write(`${bytes}\n`, () => process.exit(0));
