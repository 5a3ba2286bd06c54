import type { BrokerConsumer, Delivery } from "@jobs/core/broker";
import { createVirtualClock } from "@jobs/core/testing";
import { expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { ROWS_PER_STATEMENT } from "../src/storage/row-statements.ts";
import { temporaryFile, withConnection } from "./temporary-file.ts";

const never = new AbortController().signal;
const message = (id: string, body = JSON.stringify({ id })) => ({ id, label: "test", body });
const ack = (delivery: Delivery) => ({ delivery, action: "ack" }) as const;
const idsOf = (deliveries: readonly Delivery[]) => deliveries.map(({ messageId }) => messageId);

async function open(file = temporaryFile()) {
  const clock = createVirtualClock();
  const broker = sqlite({ file, clock, synchronous: "normal" });
  const queue = await broker.openQueue("work");
  const consumer = await broker.openConsumer("work", { leaseMs: 1_000 });
  return { file, clock, broker, queue, consumer };
}

function receive(consumer: BrokerConsumer, max = 100): Promise<readonly Delivery[]> {
  return consumer.receive({ max, waitMs: 0, signal: never });
}

it.each([1, 2, ROWS_PER_STATEMENT, 3 * ROWS_PER_STATEMENT + 1])(
  "of %i messages sent at once, each id is stored once and each answer is its message's",
  async (count) => {
    const { broker, queue, consumer } = await open();
    await queue.send(Array.from({ length: count }, (_, n) => message(`job-${n * 3}`)));
    const ids = Array.from({ length: 3 * count }, (_, n) => `job-${n}`);
    const results = await queue.send([...ids, "job-1"].map((id) => message(id)));
    expect(results.map(({ status }) => status)).toEqual([
      ...ids.map((_, n) => (n % 3 === 0 ? "duplicate" : "sent")),
      "duplicate",
    ]);
    expect(new Set(idsOf(await receive(consumer)))).toEqual(new Set(ids));
    expect((await queue.stats()).leased).toEqual({ n: 3 * count, exact: true });
    await broker.close();
  },
);

it("messages of one send come by their own priority and due time, alike ones in the order of the send", async () => {
  const { clock, broker, queue, consumer } = await open();
  await queue.send([
    message("a"),
    message("b"),
    { ...message("later"), delayMs: 500 },
    { ...message("first"), priority: 9 },
    { ...message("second"), priority: 9 },
    message("c"),
  ]);
  expect(idsOf(await receive(consumer))).toEqual(["first", "second", "a", "b", "c"]);
  await clock.advance(500);
  expect(idsOf(await receive(consumer))).toEqual(["later"]);
  await broker.close();
});

it("of acks sent together only those of lost leases are refused, whichever receive they came from", async () => {
  const { clock, broker, queue, consumer } = await open();
  await queue.send(["a", "b", "c", "d", "e"].map((id) => message(id)));
  const old = await receive(consumer, 3);
  await clock.advance(900);
  const young = await receive(consumer, 2);
  await consumer.extend(old.slice(1, 2), 1_000);
  await clock.advance(100);
  expect(idsOf(await receive(consumer))).toEqual(["a", "c"]);
  const results = await consumer.settle([...old, ...young].map(ack));
  expect(results.map(({ status }) => status)).toEqual(["lost", "settled", "lost", "settled", "settled"]);
  expect(await queue.stats()).toMatchObject({ ready: { n: 0 }, leased: { n: 2 } });
  await broker.close();
});

it("a lease acked twice in one settle is settled once", async () => {
  const { broker, queue, consumer } = await open();
  await queue.send([message("a"), message("b")]);
  const [a, b] = await receive(consumer);
  const results = await consumer.settle([ack(a!), ack(b!), ack(a!)]);
  expect(results.map(({ status }) => status)).toEqual(["settled", "settled", "lost"]);
  expect((await queue.stats()).leased.n).toBe(0);
  await broker.close();
});

it.each(["\u001f", '{"a": "\u001f\u001f"}', "a,b c\n\t\r", "", "😀\ufeff"])(
  "a body of %j is received as it was sent, among others [F50]",
  async (body) => {
    const { broker, queue, consumer } = await open();
    const bodies = ["{}", body, body, "[]"];
    await queue.send(bodies.map((text, n) => message(`job-${n}`, text)));
    expect((await receive(consumer)).map((delivery) => delivery.body)).toEqual(bodies);
    await broker.close();
  },
);

it.each(["a,b", "a b", "\u001f"])(
  "a row whose id was edited to %j is received with that id [F50]",
  async (id) => {
    const { file, broker, queue, consumer } = await open();
    await queue.send(["x", "edited", "y"].map((name) => message(name)));
    await withConnection(file, (connection) =>
      connection.prepare("UPDATE messages SET id = ? WHERE id = 'edited'").run(id),
    );
    const received = await receive(consumer);
    expect(idsOf(received)).toEqual(["x", id, "y"]);
    expect(
      received.map(({ deliveryCount, failureCount, crashCount }) => [
        deliveryCount,
        failureCount,
        crashCount,
      ]),
    ).toEqual(Array(3).fill([1, 0, 0]));
    await broker.close();
  },
);
