import { describeCoordination, describeResults, scaledTime } from "@jobs/broker-conformance";
import { hasPostgres } from "@jobs/test-servers";
import { afterAll, describe } from "vitest";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);

describe.runIf(isAvailable)("on a real server", () => {
  afterAll(() => server.end());

  const world = () => {
    const world = new PostgresWorld(server.url);
    return { world, time: scaledTime(), dispose: () => world[Symbol.asyncDispose]() };
  };

  describeResults({
    name: "postgres",
    createHarness() {
      const { world: own, ...harness } = world();
      return {
        ...harness,
        open: () => own.open(),
        // Its column is of JSON: other texts are refused.
        async corrupt(id: string, text: string) {
          const table = `${own.schema}.results`;
          const sql = `UPDATE ${table} SET result = '${text}' WHERE id = '${id}'`;
          return own.ask(sql).then(
            () => true,
            () => false,
          );
        },
      };
    },
  });

  describeCoordination({
    name: "postgres",
    createHarness() {
      const { world: own, ...harness } = world();
      return { ...harness, open: () => own.open({ connection: { max: 1 } }).coordination };
    },
  });
});
