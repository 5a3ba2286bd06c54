import { describeBroker } from "@jobs/broker-conformance";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { afterAll, describe } from "vitest";
import { BULLMQ_VERSIONS } from "./bullmq-versions.ts";
import { createRedisHarness } from "./redis-harness.ts";

const TICK_MS = 100;

const isAvailable = await hasRedis();
const server = isAvailable ? await startRedisServer() : undefined;

// Each clause has its own keys, and mostly waits for the end of a lease or a delay.
describe.runIf(isAvailable)("on a real server", { concurrent: true }, () => {
  afterAll(() => server?.[Symbol.asyncDispose]());
  for (const { version, load } of BULLMQ_VERSIONS.slice(0, -1)) {
    describeBroker({
      name: `redis by the scripts of BullMQ ${version}`,
      createHarness: () => createRedisHarness(server?.url ?? "", TICK_MS, "bullmq", load),
      modelRuns: 3,
      modelParallel: 5,
      timeoutMs: 20_000,
    });
  }
});
