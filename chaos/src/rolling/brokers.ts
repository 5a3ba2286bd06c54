import { join } from "node:path";
import { redis } from "@jobs/adapter-redis";
import { sqlite } from "@jobs/adapter-sqlite";
import type { Broker, BrokerConsumer, Settlement } from "@jobs/core/broker";
import { startRedisServer, startSqsEndpoint } from "@jobs/test-servers";
import { deadLettersOf, openSqs } from "../brokers/sqs-under-test.ts";
import { MOVED, QUEUE } from "./release.ts";

/** A real server, or a file, for one rolling deploy. */
export interface RollingBroker {
  /** Resolves with its address; `folder` is for files. It ends when it is disposed of. */
  start(folder: string): Promise<AsyncDisposable & { readonly address: string }>;
  open(address: string): Broker;
}

/** The brokers by kind. @throws RangeError naming the kinds there are. */
export function rollingBroker(kind: string): RollingBroker {
  const broker = Object.hasOwn(BROKERS, kind) ? BROKERS[kind] : undefined;
  if (broker !== undefined) return broker;
  throw new RangeError(`no rolling deploy on "${kind}". Known: ${Object.keys(BROKERS).join(", ")}.`);
}

const BROKERS: Readonly<Record<string, RollingBroker>> = {
  sqlite: {
    start: async (folder) => ({ address: join(folder, "jobs.db"), async [Symbol.asyncDispose]() {} }),
    open: (file) => sqlite({ file }),
  },
  redis: {
    async start() {
      const server = await startRedisServer({ appendonly: true });
      return { address: server.url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
    },
    open: (url) => redis({ url }),
  },
  sqs: {
    async start() {
      const endpoint = await startSqsEndpoint();
      for (const name of [QUEUE, MOVED.from, MOVED.to])
        await endpoint.createQueue({ name, dlq: deadLettersOf(name), maxReceiveCount: 100 });
      return { address: endpoint.url, [Symbol.asyncDispose]: () => endpoint.close() };
    },
    open: (endpoint) => openSqs(endpoint),
  },
};

/** The same broker with holds of another length. All else of a hold is as it is. */
export function withHolds(broker: Broker, holdMs: number): Broker {
  return {
    kind: broker.kind,
    reach: broker.reach,
    ...(broker.coordination && { coordination: broker.coordination }),
    openQueue: (name) => broker.openQueue(name),
    openConsumer: async (name, options) => holding(await broker.openConsumer(name, options), holdMs),
    close: () => broker.close(),
  };
}

function holding(consumer: BrokerConsumer, delayMs: number): BrokerConsumer {
  const held = (one: Settlement): Settlement =>
    one.action === "retry" && !one.failed ? { ...one, delayMs } : one;
  return {
    queue: consumer.queue,
    capabilities: consumer.capabilities,
    receive: (options) => consumer.receive(options),
    extend: (deliveries, leaseMs, options) => consumer.extend(deliveries, leaseMs, options),
    settle: (settlements, options) => consumer.settle(settlements.map(held), options),
    close: () => consumer.close(),
  };
}
