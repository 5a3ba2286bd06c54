import type { Delivery } from "@jobs/core/broker";
import { createVirtualClock } from "@jobs/core/testing";
import { hasPostgres } from "@jobs/test-servers";
import { Client } from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { createPostgresBroker } from "../src/create-broker.ts";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);

const LEASE_MS = 600_000;
const CALL = { timeoutMs: 60_000 };
const NOW = { waitMs: 0, ...CALL, signal: new AbortController().signal };
const SETTLED = { status: "settled" };
const EXTENDED = { status: "extended" };
const LOST = { status: "lost" };

/** The lease is held, and the call may be made again. */
const AGAIN = { status: "failed", error: { code: "broker_unavailable", retryable: true } };

/** Messages `a` and `b`, both leased, and a transaction of a handler. */
async function leased() {
  const world = new PostgresWorld(server.url);
  const broker = createPostgresBroker({ url: server.url, schema: world.schema }, createVirtualClock());
  const queue = await broker.openQueue("mail");
  await queue.send(
    ["a", "b"].map((id) => ({ id, label: "t", body: "{}" })),
    CALL,
  );
  const consumer = await broker.openConsumer("mail", { leaseMs: LEASE_MS });
  const taken = await consumer.receive({ ...NOW, max: 2 });
  const [a, b] = ["a", "b"].map((id) => taken.find(({ messageId }) => messageId === id)) as [
    Delivery,
    Delivery,
  ];
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query("BEGIN");
  return {
    world,
    queue,
    consumer,
    client,
    a,
    b,
    complete: (delivery: Delivery) =>
      consumer.complete?.(delivery, '"paid"', { transaction: client, ...CALL }),
    extend: (...deliveries: Delivery[]) => consumer.extend(deliveries, LEASE_MS, CALL),
    /** Ends the lease of `a`. */
    endLease: () =>
      world.ask(`UPDATE ${world.schema}.messages SET at = ${world.schema}.now_ms() WHERE id = 'a'`),
    /** What another process receives. */
    async receiveElsewhere() {
      const other = await world.broker().openConsumer("mail", { leaseMs: LEASE_MS });
      return other.receive({ ...NOW, max: 2 });
    },
    async [Symbol.asyncDispose]() {
      await client.end();
      await broker.close();
      await world[Symbol.asyncDispose]();
    },
  };
}

describe.runIf(isAvailable)("a transaction that is still open", () => {
  afterAll(() => server.end());

  it("does not keep other leases from being extended, and its own is extended after it", async () => {
    await using test = await leased();
    expect(await test.complete(test.a)).toBe("completed");
    expect(await test.extend(test.a, test.b)).toMatchObject([AGAIN, EXTENDED]);
    await test.client.query("COMMIT");
    expect(await test.extend(test.a, test.b)).toMatchObject([EXTENDED, EXTENDED]);
  });

  it("does not keep other leases from being settled, and its own is settled after it", async () => {
    await using test = await leased();
    const { a, b, consumer, client } = test;
    await test.complete(a);
    const retry = { action: "retry", delayMs: 60_000, failed: true, reason: "timeout" } as const;
    const both = [
      { delivery: a, ...retry },
      { delivery: b, ...retry },
    ];
    expect(await consumer.settle(both, CALL)).toMatchObject([AGAIN, SETTLED]);
    expect(await test.queue.stats()).toMatchObject({ delayed: { n: 1 }, leased: { n: 1 }, ready: { n: 0 } });
    await client.query("ROLLBACK");
    expect(await consumer.settle(both, CALL)).toMatchObject([SETTLED, LOST]);
    expect(await test.queue.stats()).toMatchObject({ delayed: { n: 2 }, leased: { n: 0 }, ready: { n: 0 } });
  });

  it("does not keep acks in the same call from being made", async () => {
    await using test = await leased();
    await test.complete(test.a);
    const mixed = [
      { delivery: test.b, action: "ack" },
      { delivery: test.a, action: "release" },
    ] as const;
    expect(await test.consumer.settle(mixed, CALL)).toMatchObject([SETTLED, AGAIN]);
    expect(await test.queue.stats()).toMatchObject({ leased: { n: 1 }, ready: { n: 0 } });
  });

  it("of another worker does not keep a former holder from extending its other leases", async () => {
    await using test = await leased();
    await test.endLease();
    const [again] = await test.receiveElsewhere();
    expect(again).toMatchObject({ messageId: "a", crashCount: 1 });
    await test.complete(again as Delivery);
    expect(await test.extend(test.a, test.b)).toMatchObject([LOST, EXTENDED]);
  });

  it("keeps its message from other workers after the end of its lease, and its commit goes with it", async () => {
    await using test = await leased();
    await test.endLease();
    expect(await test.complete(test.a)).toBe("completed");
    expect(await test.receiveElsewhere()).toEqual([]);
    await test.client.query("COMMIT");
    expect(await test.receiveElsewhere()).toMatchObject([{ messageId: "a", completed: '"paid"' }]);
  });

  it("with a job of a new priority does not hold its queue", async () => {
    await using test = await leased();
    const { queue } = test;
    const one = (id: string, priority: number) => [{ id, label: "t", body: "{}", priority }];
    await queue.send(one("first", 5), { transaction: test.client, ...CALL });
    expect(await queue.send(one("second", 7), CALL)).toMatchObject([{ status: "sent" }]);
    await queue.pause();
    await queue.resume();
    await test.client.query("COMMIT");
    const taken = await test.consumer.receive({ ...NOW, max: 3 });
    expect(taken.map(({ messageId }) => messageId)).toEqual(["second", "first"]);
  });

  it.each(["REPEATABLE READ", "SERIALIZABLE"])(
    "sends to a queue and with a priority that are newer than its snapshot, where it is %s",
    async (level) => {
      await using test = await leased();
      const { client, world } = test;
      await client.query(`ROLLBACK; BEGIN ISOLATION LEVEL ${level}; SELECT 1`);
      const inside = { transaction: client, ...CALL };
      const fresh = await world.broker().openQueue("new");
      for (const priority of [0, 9])
        expect(
          await fresh.send([{ id: `${priority}`, label: "t", body: "{}", priority }], inside),
        ).toMatchObject([{ status: "sent" }]);
      expect(await fresh.stats()).toMatchObject({ ready: { n: 0 } });
      await client.query("COMMIT");
      const consumer = await world.broker().openConsumer("new", { leaseMs: LEASE_MS });
      const taken = await consumer.receive({ ...NOW, max: 2 });
      expect(taken.map(({ messageId }) => messageId)).toEqual(["9", "0"]);
    },
  );
});
