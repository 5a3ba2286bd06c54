import { describeExplanations } from "@jobs/broker-conformance";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { afterAll, describe } from "vitest";
import { redis, redisResults } from "../src/index.ts";

const isAvailable = await hasRedis();
const server = isAvailable ? await startRedisServer() : undefined;
let worlds = 0;

describe.runIf(isAvailable)("on a real server [P9]", () => {
  afterAll(() => server?.[Symbol.asyncDispose]());
  describeExplanations({
    name: "redis",
    createWorld: () => {
      const [url, prefix] = [server?.url ?? "", `services-${++worlds}`];
      return {
        queuePrefix: "",
        openBroker: () => redis({ url, prefix, onWarning: () => {} }),
        openResults: () => redisResults({ url, prefix }),
        dispose: () => {},
      };
    },
  });
});
