import { describeBroker } from "@jobs/broker-conformance";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { Redis as Redis5 } from "ioredis-5";
import { afterAll, describe, expect, it, vi } from "vitest";
import { createRedisHarness } from "./redis-harness.ts";

// An application that has ioredis 5 already keeps it.
vi.mock("ioredis", () => import("ioredis-5"));

const isAvailable = await hasRedis();
const server = isAvailable ? await startRedisServer() : undefined;

// Each clause has its own keys, and mostly waits for the end of a lease or a delay.
describe.runIf(isAvailable)("with ioredis 5", { concurrent: true }, () => {
  afterAll(() => server?.[Symbol.asyncDispose]());

  it("the adapter uses that version", async () => {
    expect((await import("ioredis")).Redis).toBe(Redis5);
  });

  describeBroker({
    name: "redis on ioredis 5",
    createHarness: () => createRedisHarness(server?.url ?? "", 100),
    modelRuns: 3,
    modelParallel: 3,
    timeoutMs: 20_000,
  });
});
