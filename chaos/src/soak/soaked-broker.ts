import { memory } from "@jobs/adapter-memory";
import { redisResults } from "@jobs/adapter-redis";
import { sqliteResults } from "@jobs/adapter-sqlite";
import type { ResultStore } from "@jobs/core/broker";
import type { BrokerUnderTest } from "../brokers/broker-under-test.ts";
import { loadBroker } from "../brokers/load-broker.ts";

/** A broker for a soak, which does not inspect the storage. */
export interface SoakedBroker extends Pick<BrokerUnderTest, "prepare" | "open"> {
  /** A result store outside of the process's memory, where the broker has one. */
  readonly openResults?: (address: string) => ResultStore;
}

const RESULTS: Readonly<Record<string, (address: string) => ResultStore>> = {
  redis: (url) => redisResults({ url }),
  sqlite: (file) => sqliteResults({ file }),
};

/**
 * The brokers of the other experiments, and memory, since a soak is one process. @throws RangeError naming the kinds
 * there are.
 */
export async function soakedBroker(kind: string): Promise<SoakedBroker> {
  if (kind === "memory") {
    return {
      prepare: async () => ({ address: "", [Symbol.asyncDispose]: async () => {} }),
      open: () => memory(),
    };
  }
  const broker = await loadBroker(kind);
  const openResults = RESULTS[kind];
  return { ...broker, ...(openResults === undefined ? {} : { openResults }) };
}
