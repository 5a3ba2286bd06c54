import { describeBroker } from "@jobs/broker-conformance";
import { hasPostgres } from "@jobs/test-servers";
import { afterAll, describe } from "vitest";
import { createPostgresHarness } from "./broker-harness.ts";
import { askPostgres, sharedServer } from "./postgres-world.ts";

/** Long enough for a busy machine to answer in half of it. */
const TICK_MS = 100;

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);

describe.runIf(isAvailable)("on a real server", () => {
  afterAll(async () => {
    await askPostgres(server.url, `DROP SCHEMA IF EXISTS test_${process.pid} CASCADE`);
    await server.end();
  });

  describeBroker({
    name: "postgres",
    createHarness: () => createPostgresHarness(server.url, TICK_MS),
    modelRuns: 10,
    modelParallel: 5,
    timeoutMs: 20_000,
  });
});
