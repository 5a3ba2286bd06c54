import { startStopwatch } from "@jobs/core/testing";
import { BlackHole, hasPostgres } from "@jobs/test-servers";
import { afterAll, describe, expect, it } from "vitest";
import { migrateSchema } from "../src/index.ts";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);

describe.runIf(isAvailable)("a network that swallows all", () => {
  afterAll(() => server.end());

  it("is found out by each call within 20 s; calls and notifications work again after it [F22]", async () => {
    await using world = new PostgresWorld(server.url);
    await migrateSchema({ url: world.url, schema: world.schema });
    const direct = await world.broker().openQueue("work");
    await using hole = await BlackHole.open(Number(new URL(server.url).port || 5432));
    const url = new URL(server.url);
    url.port = String(hole.port);
    const broker = world.broker({ url: url.href });
    const queue = await broker.openQueue("work");
    const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
    const call = { timeoutMs: 10_000 };
    const receive = (waitMs: number) =>
      consumer.receive({ ...call, max: 1, waitMs, signal: new AbortController().signal });
    const message = (id: string) => ({ id, label: "work", body: "{}" });
    await queue.send([message("one")], call);
    const [delivery] = await receive(0);
    if (delivery === undefined) throw new Error("nothing was received");
    const waiting = receive(30_000);
    await expect.poll(() => world.listeners()).toHaveLength(1);
    const [before] = await world.listeners();

    hole.swallow(true);
    const elapsedMs = startStopwatch();
    const calls = [
      waiting,
      queue.send([message("two")], call),
      receive(0),
      consumer.settle([{ delivery, action: "ack" }], call),
      consumer.extend([delivery], 60_000, call),
      queue.stats(),
    ];
    const refusal = { status: "rejected", reason: { code: "broker_unavailable", retryable: true } };
    expect(await Promise.allSettled(calls)).toMatchObject(calls.map(() => refusal));
    expect(elapsedMs()).toBeLessThan(20_000);

    hole.heal();
    await expect.poll(() => queue.send([message("two")], call), { timeout: 10_000 }).toBeDefined();
    expect(await consumer.settle([{ delivery, action: "ack" }], call)).toEqual([{ status: "settled" }]);
    const [second] = await receive(0);
    expect(second).toMatchObject({ messageId: "two" });
    const listening = receive(30_000);
    await expect.poll(() => world.listeners(), { timeout: 20_000 }).not.toContainEqual(before);
    await expect.poll(() => world.listeners()).toHaveLength(1);
    await direct.send([message("three")], call);
    expect(await listening).toMatchObject([{ messageId: "three" }]);
  });

  it("keeps no connection of a closed broker open [F23]", async () => {
    await using world = new PostgresWorld(server.url);
    await migrateSchema({ url: world.url, schema: world.schema });
    await using hole = await BlackHole.open(Number(new URL(server.url).port || 5432));
    const url = new URL(server.url);
    url.port = String(hole.port);
    const broker = world.broker({ url: url.href });
    const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
    const ended = new AbortController();
    const waiting = consumer.receive({ timeoutMs: 10_000, max: 1, waitMs: 30_000, signal: ended.signal });
    await expect.poll(() => world.listeners()).toHaveLength(1);
    hole.swallow(true);
    ended.abort();
    await waiting;
    await broker.close();
    await expect.poll(() => hole.connections, { timeout: 20_000 }).toBe(0);
  });
});
