import { type App, type BoundHandler, createApp, handle } from "@jobs/core";
import type { Broker, ResultStore } from "@jobs/core/broker";
import { expect } from "vitest";
import { payOrder, sendReceipt } from "../src/tasks.ts";

/** What an example of a library does. */
export interface Library {
  placeOrder(app: Pick<App, "enqueue">, order: number): Promise<void>;
  readonly pay: readonly BoundHandler[];
}

/** A database with the tables of the program and those of jobs. A job with the id `refused` cannot be stored. */
export interface Shop {
  broker(): Broker;
  results(): ResultStore;
  /** The numbers in a column of the program, in order. */
  column(table: string, name: string): Promise<readonly number[]>;
}

/** An app on the shop, whose worker takes one queue. `sent` gets the orders whose receipts were mailed. */
function openApp(shop: Shop, queue: string, { pay }: Library, sent: number[] = []) {
  return createApp({
    broker: shop.broker(),
    results: shop.results(),
    tasks: [sendReceipt, payOrder],
    handlers: [...pay, handle(sendReceipt, ({ order }) => void sent.push(order))],
    routes: { "*": queue },
    worker: { queues: [queue] },
  });
}

/** An app whose enqueue runs `also` besides, before or after the job. */
function enqueuing(app: App, also: { readonly before?: App["enqueue"]; readonly after?: App["enqueue"] }) {
  const enqueue = async (...args: Parameters<App["enqueue"]>) => {
    await also.before?.(...args);
    const job = await app.enqueue(...args);
    await also.after?.(...args);
    return job;
  };
  return { enqueue: enqueue as App["enqueue"] };
}

/** Commits one order, rolls others back, and runs the job that exists. */
export async function checkEnqueue(shop: Shop, queue: string, library: Library): Promise<void> {
  const sent: number[] = [];
  await using app = openApp(shop, queue, library, sent);
  await library.placeOrder(app, 1);
  await expect(library.placeOrder(app, 1)).rejects.toThrow();
  const failing = enqueuing(app, { after: () => Promise.reject(new Error("no card")) });
  await expect(library.placeOrder(failing, 2)).rejects.toThrow("no card");
  expect(await shop.column("orders", "id")).toEqual([1]);
  expect(await (await app.queue(queue)).stats()).toMatchObject({ ready: { n: 1 }, entered: { n: 1 } });
  const report = await app.worker({ until: { type: "drained" } }).run();
  expect(report).toMatchObject({ succeeded: 1, retried: 0, dead: 0 });
  expect(sent).toEqual([1]);
}

/** A job that the database refuses does not spoil the transaction. */
export async function checkRefusal(shop: Shop, queue: string, library: Library): Promise<void> {
  await using app = openApp(shop, queue, library);
  const insisting = enqueuing(app, {
    before: async (task, params, options) => {
      const refused = app.enqueue(task, params, { ...options, id: "refused" });
      await expect(refused).rejects.toMatchObject({ code: "broker_unavailable" });
      return refused.catch(() => undefined) as never;
    },
  });
  await library.placeOrder(insisting, 3);
  expect(await shop.column("orders", "id")).toEqual([3]);
  expect(await (await app.queue(queue)).stats()).toMatchObject({ ready: { n: 1 }, entered: { n: 1 } });
}

/**
 * A handler's effect, its follow-up and the end of its job are one. There is no order 5, and the database refuses its
 * payment at the commit.
 */
export async function checkCompletion(shop: Shop, queue: string, library: Library): Promise<void> {
  const sent: number[] = [];
  await using app = openApp(shop, queue, library, sent);
  await library.placeOrder(app, 4);
  const { id } = await app.enqueue(payOrder, { order: 4 });
  await app.enqueue(payOrder, { order: 5 }, { maxAttempts: 1 });
  const report = await app.worker({ until: { type: "drained" }, concurrency: 1 }).run();
  expect(report).toMatchObject({ succeeded: 3, retried: 0, dead: 1 });
  expect(await shop.column("payments", "order_id")).toEqual([4]);
  expect(sent).toEqual([4, 4]);
  expect(await app.result(id)).toMatchObject({ status: "succeeded", value: { paid: 4 } });
}
