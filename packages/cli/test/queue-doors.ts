import { memory } from "@jobs/adapter-memory";
import { createApp, defineTask } from "@jobs/core";
import { type Broker, type BrokerQueue, peekPages, scanPages } from "@jobs/core/broker";
import type { Door, Loose } from "./adapter-doors.ts";

/** A broker in memory whose queues have all calls. */
function scanningMemory(): Broker {
  const inner = memory();
  const openQueue = async (name: string) => {
    const queue = await inner.openQueue(name);
    return { ...queue, scan: queue.peek };
  };
  return { ...inner, openQueue };
}

/** A queue as an app gives it. */
function openQueue(): Promise<BrokerQueue> {
  return createApp({ tasks: [defineTask("work", {})], broker: scanningMemory() }).queue("default");
}

const message = { id: "a", label: "work", body: "{}" };
const restored = { ...message, deliveryCount: 0, failureCount: 0, crashCount: 0, redrives: 0 };

/** What was sent is answered for each message. */
async function sendOne(one: Loose): Promise<void> {
  const [result] = await (await openQueue()).send([one]);
  if (result?.status === "failed") throw result.error;
}

/** Every call of a queue with named options. */
export const QUEUE_DOORS: Readonly<Record<string, Door>> = {
  "queue.send": [
    async (o) => (await openQueue()).send([message], o),
    {},
    ["transction", "transaction"],
    { timeoutMs: "1s", transaction: 1, transactionId: "7", orderKeys: "a" },
  ],
  "queue.send of a message": [
    sendOne,
    message,
    ["delayMS", "delayMs"],
    { id: 1, label: 1, body: {}, delayMs: "1s", priority: "1", groupKey: 1, maxAttempts: 0 },
  ],
  "queue.restore": [
    async (o) => (await openQueue()).restore?.([restored], o),
    {},
    ["timeoutMS", "timeoutMs"],
    { timeoutMs: 0 },
  ],
  "queue.peek": [
    async (o) => (await openQueue()).peek(o),
    { state: "dead", limit: 5 },
    ["cursr", "cursor"],
    { state: "deadd", limit: 0, cursor: 1, id: 1 },
  ],
  "queue.scan": [
    async (o) => (await openQueue()).scan?.(o),
    { state: "dead", limit: 5 },
    ["cursr", "cursor"],
    { state: "deadd", limit: "5", cursor: 1, id: "a" },
  ],
  "queue.redrive": [
    async (o) => (await openQueue()).redrive(o),
    { limit: 100 },
    ["id", "ids"],
    { limit: -1, ids: "d1", bodies: {}, to: 1 },
  ],
  "broker.openConsumer": [
    (o) => memory().openConsumer("default", o),
    { leaseMs: 30_000 },
    ["isOrderd", "isOrdered"],
    { leaseMs: "30s", holder: 1, isOrdered: 1 },
  ],
  peekPages: [
    async (o) => peekPages(await openQueue(), o).next(),
    { state: "dead", pageSize: 5 },
    ["limt", "limit"],
    { state: "deadd", pageSize: 0, limit: "5" },
  ],
  scanPages: [
    async (o) => scanPages(await openQueue(), o).next(),
    { state: "dead", pageSize: 5 },
    ["pagesize", "pageSize"],
    { state: "deadd", pageSize: 0, limit: "5" },
  ],
};
