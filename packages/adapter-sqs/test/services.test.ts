import { memoryResults } from "@jobs/adapter-memory";
import { describeServices } from "@jobs/broker-conformance";
import { startSqsEndpoint } from "@jobs/test-servers";
import { sqs } from "../src/index.ts";
import { atEndpoint } from "./sqs-world.ts";

describeServices({
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
      openResults: () => memoryResults({ shared }),
      async dispose() {
        await endpoint[Symbol.asyncDispose]();
      },
    };
  },
});
