import { createMemoryHistory, createMemoryHistoryData, memoryResults } from "@jobs/adapter-memory";
import { describeExplanations, type ServiceWorld } from "@jobs/broker-conformance";
import type { HistoryStore, ResultStore } from "@jobs/core/broker";
import { startSqsEndpoint } from "@jobs/test-servers";
import { describe } from "vitest";
import { sqs } from "../src/index.ts";
import { atEndpoint } from "./sqs-world.ts";

/** A store that other machines see too, played in memory. */
function onNetwork(store: ResultStore): ResultStore {
  return {
    kind: "played",
    reach: "network",
    coordination: store.coordination,
    put: (result, ttlMs) => store.put(result, ttlMs),
    get: (id) => store.get(id),
    prune: () => store.prune(),
    close: () => store.close(),
  };
}

async function createWorld(hasHistory: boolean): Promise<ServiceWorld> {
  const endpoint = await startSqsEndpoint();
  const queuePrefix = "acme-";
  const name = `${queuePrefix}work`;
  await endpoint.createQueue({ name, dlq: `${name}-dead` });
  const results = memoryResults();
  const data = createMemoryHistoryData();
  const openHistory = (): HistoryStore => ({ ...createMemoryHistory({ shared: data }), reach: "network" });
  return {
    queuePrefix,
    openBroker: () => sqs(atEndpoint(endpoint)),
    openResults: () => onNetwork(memoryResults({ shared: results })),
    ...(hasHistory ? { openHistory } : {}),
    async dispose() {
      await endpoint[Symbol.asyncDispose]();
    },
  };
}

// Each mostly waits for the end of a long poll.
describe.concurrent("on an endpoint for each test", () => {
  describeExplanations({ name: "sqs", createWorld: () => createWorld(false) });
  describeExplanations({ name: "sqs with a history", createWorld: () => createWorld(true) });
});
