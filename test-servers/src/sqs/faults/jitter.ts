import { setTimeout as wait } from "node:timers/promises";
import type { Random } from "@jobs/core/testing";
import type { SqsLayer } from "../protocol/sqs-call.ts";

/** The variable with the longest delay for every endpoint of a test run, in ms. */
const JITTER = "JOBS_TEST_SQS_JITTER_MS";

/** The jitter that the environment sets; 0 by default. */
export function jitterOfEnvironment(): number {
  return Number(process.env[JITTER] ?? 0);
}

/** Delays each request by up to `maxMs`, so that concurrent requests overtake each other, as on a network. */
export function jitter(maxMs: number, random: Random): SqsLayer {
  return async (call, next) => {
    await wait(maxMs * random());
    return next(call);
  };
}
