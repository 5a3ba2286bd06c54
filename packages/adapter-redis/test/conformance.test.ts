import { describeBroker } from "@jobs/broker-conformance";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { afterAll, describe } from "vitest";
import { createRedisHarness } from "./redis-harness.ts";

/** Long enough for a busy machine to answer in half of it. */
const TICK_MS = 100;

const isAvailable = await hasRedis();
const server = isAvailable ? await startRedisServer() : undefined;

// Each clause has its own keys, and mostly waits for the end of a lease or a delay.
describe.runIf(isAvailable)("on a real server [P9]", { concurrent: true }, () => {
  afterAll(() => server?.[Symbol.asyncDispose]());
  for (const [name, engine] of [
    ["redis", "jobs"],
    ["redis by BullMQ's own scripts", "bullmq"],
  ] as const) {
    describeBroker({
      name,
      createHarness: () => createRedisHarness(server?.url ?? "", TICK_MS, engine),
      modelRuns: 10,
      modelParallel: 5,
      timeoutMs: 20_000,
    });
  }
});
