import { describeBroker } from "@jobs/broker-conformance";
import { hasPgBouncer, hasPostgres, startPgBouncer } from "@jobs/test-servers";
import { afterAll, describe } from "vitest";
import { harnessMaker } from "./broker-harness.ts";
import { sharedServer } from "./postgres-world.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);
/** JOBS_TEST_PGBOUNCER=1 runs all clauses behind a PgBouncer in transaction mode. */
const bouncer =
  process.env.JOBS_TEST_PGBOUNCER && isAvailable && (await hasPgBouncer())
    ? await startPgBouncer({ url: server.url })
    : undefined;
const brokerUrl = bouncer && `${bouncer.url}?pooler=transaction`;
const maker = isAvailable ? await harnessMaker(server.url, brokerUrl) : undefined;

describe.runIf(maker !== undefined)("on a real server", () => {
  afterAll(async () => {
    await maker?.end();
    await bouncer?.[Symbol.asyncDispose]();
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
