import type { BrokerUnderTest } from "./broker-under-test.ts";

/** The brokers that survive a killed process, by kind. Loaded on use, since workers start often in an experiment. */
const BROKERS: Readonly<Record<string, () => Promise<BrokerUnderTest>>> = {
  postgres: async () => (await import("./postgres-under-test.ts")).postgresUnderTest,
  redis: async () => (await import("./redis-under-test.ts")).redisUnderTest,
  "redis-bullmq": async () => (await import("./redis-under-test.ts")).bullmqUnderTest,
  "redis-mixed": async () => (await import("./redis-under-test.ts")).mixedUnderTest,
  sqs: async () => (await import("./sqs-under-test.ts")).sqsUnderTest,
  "sqs-bundles": async () => (await import("./sqs-under-test.ts")).bundlesUnderTest,
  sqlite: async () => (await import("./sqlite-under-test.ts")).sqliteUnderTest,
};

/** @throws RangeError naming the kinds there are. */
export async function loadBroker(kind: string): Promise<BrokerUnderTest> {
  const load = Object.hasOwn(BROKERS, kind) ? BROKERS[kind] : undefined;
  if (load !== undefined) return load();
  throw new RangeError(`chaos knows no broker "${kind}". Known: ${Object.keys(BROKERS).join(", ")}.`);
}
