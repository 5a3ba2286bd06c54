import { describeExplanations, describeServices } from "@jobs/broker-conformance";
import { hasPostgres } from "@jobs/test-servers";
import { afterAll, describe } from "vitest";
import { postgres, postgresResults } from "../src/index.ts";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);

describe.runIf(isAvailable)("on a real server", () => {
  afterAll(() => server.end());

  const createWorld = () => {
    const world = new PostgresWorld(server.url);
    const { url, schema } = world;
    return {
      queuePrefix: "",
      openBroker: () => postgres({ url, schema }),
      openResults: () => postgresResults({ url, schema }),
      dispose: () => world[Symbol.asyncDispose](),
    };
  };

  describeServices({ name: "postgres", createWorld });
  describeExplanations({ name: "postgres", createWorld });
});
