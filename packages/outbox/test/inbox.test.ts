import { createMemoryStorage, memory, memoryResults } from "@jobs/adapter-memory";
import { redis } from "@jobs/adapter-redis";
import { sqlite } from "@jobs/adapter-sqlite";
import { type BoundHandler, BrokerUnavailableError, createApp, defineTask, handle } from "@jobs/core";
import type { Broker } from "@jobs/core/broker";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { createInbox, createOutbox, type InboxOptions } from "../src/index.ts";
import { withQueues } from "./relay-brokers.ts";
import { moment, openShop, type Shop } from "./shop.ts";

const pay = defineTask("pay", { order: "integer" }, { queue: "payments", maxAttempts: 1 });
const sendReceipt = defineTask("send_receipt", { order: "integer" }, { queue: "receipts" });

const isAvailable = await hasRedis();

const QUEUES = ["payments", "copies"];

/** Stores the payment, its receipt's job and the end of its own job: all, or nothing. */
const payOrder = (shop: Shop, onRun: (run: number) => void | Promise<void> = () => {}) => {
  let runs = 0;
  return handle(pay, async ({ order }, ctx) => {
    await onRun(++runs);
    shop.begin();
    try {
      shop.connection.prepare("INSERT INTO orders (id) VALUES (NULL)").run();
      await ctx.enqueue(sendReceipt, { order }, { transaction: shop.connection });
      await ctx.transaction(shop.connection, { paid: order });
      shop.commit();
    } catch (error) {
      shop.rollback();
      throw error;
    }
  });
};

// #region app
/** Jobs run on Redis. What their handlers store and the end of the job are one transaction of the shop's database. */
function openApp(url: string, { file }: { readonly file: string }, handlers: readonly BoundHandler[]) {
  const broker = createInbox({ broker: redis({ url }), store: sqlite({ file }) });
  return createApp({ broker, tasks: [pay, sendReceipt], handlers });
}
// #endregion

/** The same on a broker in memory. */
function openInMemory(shop: Shop, handlers: readonly BoundHandler[], options: Partial<InboxOptions> = {}) {
  const storage = createMemoryStorage();
  const target = memory({ storage });
  const store = sqlite({ file: shop.file, synchronous: "normal" });
  const broker = createInbox({ broker: memory({ storage }), store, ...options });
  const app = createApp({ broker, results: memoryResults(), tasks: [pay, sendReceipt], handlers });
  // The shop has one connection, which holds one transaction at a time.
  const drain = (concurrency = 1) =>
    app.worker({ queues: QUEUES, until: { type: "drained" }, concurrency }).run();
  return { app, target, drain };
}

/** Stores a copy of each waiting payment in another queue, as a move leaves it that was killed. */
async function copyPayments(target: Broker): Promise<void> {
  const { messages } = await (await target.openQueue("payments")).peek({ state: "ready", limit: 10 });
  const copies = messages.map(({ messageId: id, label, body }) => ({ id, label, body }));
  await (await target.openQueue("copies")).send(copies);
}

const count = ({ connection }: Shop) => connection.prepare("SELECT id FROM orders").all().length;

const entered = async (target: Broker, name: string) =>
  (await (await target.openQueue(name)).stats()).entered.n;

describe("createInbox", () => {
  it.runIf(isAvailable)("runs a job of Redis once, and a later job with its id", async () => {
    await using server = await startRedisServer();
    using shop = await openShop();
    const target = redis({ url: server.url });
    await using app = openApp(server.url, shop, payOrder(shop));
    const drain = () => app.worker({ queues: QUEUES, until: { type: "drained" }, concurrency: 1 }).run();
    await app.enqueue(pay, { order: 1 }, { id: "order-1" });
    await copyPayments(target);
    expect(await drain()).toMatchObject({ succeeded: 2, retried: 0, dead: 0 });
    expect([count(shop), await entered(target, "receipts")]).toEqual([1, 1]);
    await app.enqueue(pay, { order: 1 }, { id: "order-1" });
    expect(await drain()).toMatchObject({ succeeded: 1 });
    expect([count(shop), await entered(target, "receipts")]).toEqual([2, 2]);
    await target.close();
  });

  it("gives a copy the value of the job that is done, without its handler", async () => {
    using shop = await openShop();
    let runs = 0;
    const { app, target, drain } = openInMemory(
      shop,
      payOrder(shop, () => void runs++),
    );
    const { id } = await app.enqueue(pay, { order: 7 });
    await copyPayments(target);
    expect(await drain()).toMatchObject({ succeeded: 2 });
    expect(runs).toBe(1);
    expect(await app.result(id)).toMatchObject({ status: "succeeded", value: { paid: 7 } });
    await app.close();
  });

  it("gives a copy back whose job another run completes meanwhile, and counts no failure", async () => {
    using shop = await openShop();
    const isCommitted = moment();
    const handlers = payOrder(shop, (run) => (run === 1 ? isCommitted.reached : undefined));
    const { app, target, drain } = openInMemory(shop, handlers);
    await app.enqueue(pay, { order: 1 });
    await copyPayments(target);
    const drained = drain(2);
    await expect.poll(() => count(shop)).toBe(1);
    isCommitted.reach();
    expect(await drained).toMatchObject({ succeeded: 2, released: 1, retried: 0, dead: 0 });
    expect([count(shop), await entered(target, "receipts")]).toEqual([1, 1]);
    await app.close();
  });

  it("keeps nothing of a failed run, so a redrive runs the job", async () => {
    using shop = await openShop();
    const handlers = payOrder(shop, (run) => {
      if (run === 1) throw new Error("not now");
    });
    const { app, drain } = openInMemory(shop, handlers);
    await app.enqueue(pay, { order: 1 });
    expect(await drain()).toMatchObject({ dead: 1 });
    expect(count(shop)).toBe(0);
    expect(await (await app.queue("payments")).redrive({ limit: 1 })).toEqual({ moved: 1 });
    expect(await drain()).toMatchObject({ succeeded: 1 });
    expect(count(shop)).toBe(1);
    await app.close();
  });

  it("runs nothing while its store cannot be asked, and counts nothing", async () => {
    using shop = await openShop();
    const outage = { isOver: false, looks: 0 };
    const store = failing(sqlite({ file: shop.file, synchronous: "normal" }), outage);
    const { app, target, drain } = openInMemory(shop, payOrder(shop), { store });
    await app.enqueue(pay, { order: 1 });
    const drained = drain();
    await expect.poll(() => outage.looks).toBeGreaterThan(1);
    expect(count(shop)).toBe(0);
    const [waiting] = (await (await target.openQueue("payments")).peek({ state: "ready", limit: 1 }))
      .messages;
    expect(waiting).toMatchObject({ deliveryCount: 1, failureCount: 0, crashCount: 0 });
    outage.isOver = true;
    expect(await drained).toMatchObject({ succeeded: 1, retried: 0 });
    await app.close();
  });

  it("removes its rows when they were kept long enough", async () => {
    using shop = await openShop();
    const kept = () => shop.connection.prepare("SELECT id FROM messages").all().length;
    const first = openInMemory(shop, payOrder(shop), { keepMs: 1 });
    for (let order = 1; order <= 3; order++) await first.app.enqueue(pay, { order });
    await first.drain();
    await first.app.close();
    expect(kept()).toBe(3);
    const second = openInMemory(shop, payOrder(shop));
    const worker = second.app.worker({ queues: QUEUES });
    const running = worker.run();
    await expect.poll(kept).toBe(0);
    worker.stop();
    await running;
    await second.app.close();
  });

  it("refuses a store without transactions, and ctx.transaction names it where there is none", async () => {
    expect(() => createInbox({ broker: memory(), store: memory() })).toThrow(
      /createInbox: a broker on memory/,
    );
    using shop = await openShop();
    const broker = createOutbox({ broker: memory(), store: sqlite({ file: shop.file }) });
    const errors: unknown[] = [];
    await using app = createApp({
      broker,
      tasks: [pay, sendReceipt],
      handlers: payOrder(shop),
      observers: [(event) => void (event.type === "job.failed" && errors.push(event.error))],
    });
    await app.enqueue(pay, { order: 1 });
    await app.worker({ queues: ["payments"], until: { type: "drained" } }).run();
    expect(errors).toMatchObject([{ code: "unsupported" }]);
    expect(count(shop)).toBe(0);
  });
});

/** A store that cannot be asked what is done until its outage is over. */
function failing(store: Broker, outage: { readonly isOver: boolean; looks: number }): Broker {
  return withQueues(store, (queue) => ({
    ...queue,
    async find(ids) {
      if (outage.isOver || queue.name !== "inbox") return (await queue.find?.(ids)) ?? [];
      outage.looks++;
      throw new BrokerUnavailableError({ broker: "sqlite" }, "it is away.", { retryable: true });
    },
  }));
}
