import { memoryResults } from "@jobs/adapter-memory";
import { describeExplanations } from "@jobs/broker-conformance";
import type { ResultStore } from "@jobs/core/broker";
import { startSqsEndpoint } from "@jobs/test-servers";
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

describeExplanations({
  name: "sqs",
  createWorld: async () => {
    const endpoint = await startSqsEndpoint();
    const queuePrefix = "acme-";
    for (const name of ["work", "monitor"]) {
      await endpoint.createQueue({ name: `${queuePrefix}${name}`, dlq: `${queuePrefix}${name}-dead` });
    }
    const shared = memoryResults();
    return {
      queuePrefix,
      openBroker: () => sqs(atEndpoint(endpoint)),
      openResults: () => onNetwork(memoryResults({ shared })),
      async dispose() {
        await endpoint[Symbol.asyncDispose]();
      },
    };
  },
});
