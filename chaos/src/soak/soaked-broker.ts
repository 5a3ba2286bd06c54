import { memory } from "@jobs/adapter-memory";
import { redisResults } from "@jobs/adapter-redis";
import { sqliteResults } from "@jobs/adapter-sqlite";
import type { ResultStore } from "@jobs/core/broker";
import { type BrokerUnderTest, brokerUnderTest } from "../brokers/broker-under-test.ts";

/** A broker as a soak needs it; nobody looks into it from behind. */
export interface SoakedBroker extends Pick<BrokerUnderTest, "prepare" | "open"> {
  /** Results outside of the process's own memory, where there is a place for them. */
  readonly openResults?: (address: string) => ResultStore;
}

const RESULTS: Readonly<Record<string, (address: string) => ResultStore>> = {
  redis: (url) => redisResults({ url }),
  sqlite: (file) => sqliteResults({ file }),
};

/** Those of the other experiments, and memory: here all is in one process. @throws RangeError naming the kinds there are. */
export async function soakedBroker(kind: string): Promise<SoakedBroker> {
  if (kind === "memory") {
    return {
      prepare: async () => ({ address: "", [Symbol.asyncDispose]: async () => {} }),
      open: () => memory(),
    };
  }
  const broker = await brokerUnderTest(kind);
  const openResults = RESULTS[kind];
  return { ...broker, ...(openResults === undefined ? {} : { openResults }) };
}
