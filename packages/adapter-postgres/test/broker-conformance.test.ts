import { describeBroker } from "@jobs/broker-conformance";
import { hasPostgres } from "@jobs/test-servers";
import { afterAll, describe } from "vitest";
import { harnessMaker } from "./broker-harness.ts";
import { sharedServer } from "./postgres-world.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);
const maker = isAvailable ? await harnessMaker(server.url) : undefined;

describe.runIf(maker !== undefined)("on a real server", () => {
  afterAll(async () => {
    await maker?.end();
    await server.end();
  });

  describeBroker({
    name: "postgres",
    createHarness() {
      if (maker === undefined) throw new Error("there is no server");
      return maker.create();
    },
    modelRuns: 4,
    timeoutMs: 60_000,
  });
});
