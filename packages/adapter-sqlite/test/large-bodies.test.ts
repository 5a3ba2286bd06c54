import { statSync } from "node:fs";
import type { BrokerConsumer, Delivery } from "@jobs/core/broker";
import { describe, expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { temporaryFile, withConnection } from "./temporary-file.ts";

const never = new AbortController().signal;
const PAGE_BYTES = 2_048;
const FRAME_BYTES = PAGE_BYTES + 24;
const LARGE_BYTES = 65_536;

const large = (id: string) => ({
  id,
  label: "test",
  body: JSON.stringify({ id, text: "x".repeat(LARGE_BYTES) }),
});
const small = (id: string) => ({ id, label: "test", body: JSON.stringify({ id }) });
const empty = (id: string) => ({ id, label: "test", body: "" });
const ack = (delivery: Delivery) => ({ delivery, action: "ack" }) as const;
const bodiesOf = (some: readonly { readonly messageId: string; readonly body: string }[]) =>
  Object.fromEntries(some.map(({ messageId, body }) => [messageId, body]));
const bodiesById = (some: readonly { readonly id: string; readonly body: string }[]) =>
  Object.fromEntries(some.map(({ id, body }) => [id, body]));

async function open() {
  const file = temporaryFile();
  const broker = sqlite({ file, synchronous: "normal" });
  const queue = await broker.openQueue("work");
  const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
  const countBodies = () =>
    withConnection(file, (connection) => connection.prepare("SELECT count(*) AS n FROM bodies").get());
  return { file, broker, queue, consumer, countBodies, [Symbol.asyncDispose]: () => broker.close() };
}

const receive = (consumer: BrokerConsumer, max = 100) => consumer.receive({ max, waitMs: 0, signal: never });
const settle = (consumer: BrokerConsumer, deliveries: readonly Delivery[]) =>
  consumer.settle(deliveries.map(ack));

it("a large body goes into the log once: a lease, a retry and a death write some pages only", async () => {
  await using world = await open();
  const { file, queue, consumer } = world;
  const pages = () => statSync(`${file}-wal`).size / FRAME_BYTES;
  await queue.send([large("a")]);
  const sent = pages();
  const ends = [
    { action: "retry", delayMs: 0, failed: true },
    { action: "dead", reason: "exhausted" },
  ] as const;
  for (const end of ends) {
    const [delivery] = (await receive(consumer)) as readonly [Delivery];
    await consumer.settle([{ delivery, ...end }]);
  }
  expect(pages() - sent).toBeLessThan(LARGE_BYTES / PAGE_BYTES);
});

describe("large bodies beside small and empty ones", () => {
  const all = [small("a"), large("b"), large("c"), empty("d"), small("e"), large("f")];

  it("arrive and are shown as they were sent, also where some ids are stored already", async () => {
    await using world = await open();
    const { queue, consumer } = world;
    await queue.send([large("b"), empty("d")]);
    await queue.send([...all, small("c"), large("e")]);
    const expected = bodiesById(all);
    const page = { state: "ready", limit: 10 } as const;
    expect(bodiesOf((await queue.peek(page)).messages)).toEqual(expected);
    expect(bodiesOf((await queue.scan!(page)).messages)).toEqual(expected);
    expect(bodiesOf(await queue.find!(all.map(({ id }) => id)))).toEqual(expected);
    expect(bodiesOf(await receive(consumer))).toEqual(expected);
  });

  it("arrive from another broker in their state", async () => {
    await using world = await open();
    const { queue } = world;
    const counts = { deliveryCount: 1, failureCount: 1, crashCount: 0, redrives: 0 };
    const dead = { reason: "exhausted", at: 1 } as const;
    await queue.restore!(all.map((message) => ({ ...message, ...counts, dead })));
    await queue.restore!([{ ...small("b"), ...counts }]);
    expect(bodiesOf((await queue.peek({ state: "dead", limit: 10 })).messages)).toEqual(bodiesById(all));
  });

  it("are removed with their messages, whatever removes these", async () => {
    await using world = await open();
    const { queue, consumer, countBodies } = world;
    await queue.send(all);
    await queue.remove(["b"]);
    expect(await countBodies()).toEqual({ n: 2 });
    await settle(consumer, await receive(consumer, 2));
    expect(await countBodies()).toEqual({ n: 1 });
    await queue.purge();
    expect(await countBodies()).toEqual({ n: 0 });
    await queue.send([large("g")]);
    await settle(consumer, await receive(consumer));
    expect(await countBodies()).toEqual({ n: 0 });
  });

  it("are replaced by a redrive with new bodies, large or small", async () => {
    await using world = await open();
    const { broker, queue, consumer, countBodies } = world;
    const before = [small("a"), large("b"), large("c"), large("d")];
    await queue.send(before);
    const deliveries = await receive(consumer);
    await consumer.settle(
      deliveries.map((delivery) => ({ delivery, action: "dead", reason: "exhausted" }) as const),
    );
    const changed = [
      large("a"),
      small("b"),
      { ...large("c"), body: JSON.stringify("y".repeat(LARGE_BYTES)) },
    ];
    const bodies = new Map(changed.map(({ id, body }) => [id, body]));
    await queue.redrive({ limit: 10, ids: before.map(({ id }) => id), bodies, to: "other" });
    const other = await broker.openConsumer("other", { leaseMs: 60_000 });
    expect(bodiesOf(await receive(other))).toEqual(bodiesById([...changed, large("d")]));
    expect(await countBodies()).toEqual({ n: 3 });
  });
});
