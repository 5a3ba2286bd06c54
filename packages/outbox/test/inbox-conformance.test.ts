import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import { redis } from "@jobs/adapter-redis";
import { sqs } from "@jobs/adapter-sqs";
import {
  type Clause,
  listChapters,
  listClauses,
  runClause,
  scaledTime,
  virtualTime,
} from "@jobs/broker-conformance";
import { createVirtualClock } from "@jobs/core/testing";
import { hasRedis, startRedisServer, startSqsEndpoint } from "@jobs/test-servers";
import { afterAll, describe, it } from "vitest";
import { createInboxHarness, type InboxTarget } from "./inbox-harness.ts";

/** Chapter B: transactions. `JOBS_TEST_INBOX=all` runs the others too, on a broker in memory. */
const TRANSACTIONS = listChapters().find(({ letter }) => letter === "B")?.clauses ?? [];
const OF_MEMORY = process.env.JOBS_TEST_INBOX === "all" ? listClauses() : TRANSACTIONS;

const CREDENTIALS = { credentials: { accessKeyId: "AKIATEST", secretAccessKey: "not-a-secret" } };

/** A lease of ten ticks is the shortest of SQS. */
const TICK_MS = 100;

const isAvailable = await hasRedis();
const server = isAvailable ? await startRedisServer() : undefined;
const endpoint = await startSqsEndpoint();

afterAll(async () => {
  await endpoint.close();
  await server?.[Symbol.asyncDispose]();
});

let targets = 0;

function inMemory(): InboxTarget {
  const clock = createVirtualClock();
  const storage = createMemoryStorage({ clock });
  return {
    time: virtualTime(clock, { graceMs: 5_000 }),
    openBroker: () => memory({ storage }),
    createQueue: (suffix) => suffix,
    leftovers: () => storage.leftovers(),
    dispose() {},
  };
}

function onRedis(): InboxTarget {
  const prefix = `inbox-${++targets}`;
  return {
    time: scaledTime(TICK_MS),
    openBroker: () => redis({ url: server?.url ?? "", prefix, sweepMs: 60 }),
    createQueue: (suffix) => suffix,
    leftovers: () => [],
    dispose() {},
  };
}

function onSqs(): InboxTarget {
  const prefix = `inbox-${++targets}-`;
  return {
    time: scaledTime(TICK_MS),
    openBroker: () => sqs({ endpoint: endpoint.url, region: "us-east-1", prefix, client: CREDENTIALS }),
    async createQueue(suffix) {
      await endpoint.createQueue({ name: `${prefix}${suffix}` });
      return suffix;
    },
    leftovers: () => [],
    dispose() {},
  };
}

/** How long a clause may take in ms, and its test: a clause on real time is repeated when the machine was too slow. */
const CLAUSE_MS = 20_000;
const TEST_MS = 2 * CLAUSE_MS;

function judge(clauses: readonly Clause[], open: () => InboxTarget): void {
  for (const clause of clauses) {
    const check = () => runClause(clause, () => createInboxHarness(open()), CLAUSE_MS);
    it.concurrent(`${clause.rule} [${clause.id}]`, check, TEST_MS);
  }
}

describe("an inbox keeps the clauses of transactions", () => {
  describe("in memory", () => judge(OF_MEMORY, inMemory));
  describe.runIf(isAvailable)("on Redis", () => judge(TRANSACTIONS, onRedis));
  describe("on SQS", () => judge(TRANSACTIONS, onSqs));
});
