import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryStorage, memory, memoryResults } from "@jobs/adapter-memory";
import { redis, redisResults } from "@jobs/adapter-redis";
import { sqlite, sqliteResults } from "@jobs/adapter-sqlite";
import type { Broker, ResultStore } from "@jobs/core/broker";
import { hasRedis, startRedisServer } from "@jobs/test-servers";

/** Storage that several apps share, as several processes do. */
export interface SharedStores extends AsyncDisposable {
  broker(): Broker;
  results(): ResultStore;
}

/** The brokers of the tests, by kind. */
export const STORES: Readonly<Record<string, () => Promise<SharedStores>>> = {
  async memory() {
    const storage = createMemoryStorage();
    const results = memoryResults();
    return { broker: () => memory({ storage }), results: () => results, async [Symbol.asyncDispose]() {} };
  },
  async sqlite() {
    const folder = mkdtempSync(join(tmpdir(), "jobs-opentelemetry-"));
    const file = join(folder, "jobs.db");
    return {
      broker: () => sqlite({ file }),
      results: () => sqliteResults({ file }),
      async [Symbol.asyncDispose]() {
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
  ...((await hasRedis()) && {
    async redis() {
      const server = await startRedisServer();
      const { url } = server;
      return {
        broker: () => redis({ url, onWarning: () => {} }),
        results: () => redisResults({ url }),
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
  }),
};
