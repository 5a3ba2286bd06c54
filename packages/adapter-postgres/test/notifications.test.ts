import { setTimeout as pause } from "node:timers/promises";
import type { Delivery } from "@jobs/core/broker";
import { createVirtualClock } from "@jobs/core/testing";
import { hasPostgres } from "@jobs/test-servers";
import { afterAll, describe, expect, it } from "vitest";
import { createPostgresBroker } from "../src/create-broker.ts";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";

/** Longer than the pause after a lost connection. */
const PAST_THE_PAUSE_MS = 1_500;

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);

/** A broker whose clock stands still. So nothing but a notification ends the rest of a waiting receive. */
function openStill(world: PostgresWorld) {
  const broker = createPostgresBroker({ url: world.url, schema: world.schema }, createVirtualClock());
  const wait = async (name: string) => {
    const consumer = await broker.openConsumer(name, { leaseMs: 30_000 });
    const stopped = new AbortController();
    const options = { max: 1, waitMs: 60_000, timeoutMs: 5_000, signal: stopped.signal };
    return { received: consumer.receive(options), stop: () => stopped.abort() };
  };
  return { wait, send: sender(broker), [Symbol.asyncDispose]: () => broker.close() };
}

function sender(broker: ReturnType<typeof createPostgresBroker>) {
  return async (name: string, id: string) => {
    const queue = await broker.openQueue(name);
    await queue.send([{ id, label: "t", body: "{}" }], { timeoutMs: 5_000 });
  };
}

const idsOf = (deliveries: readonly Delivery[]) => deliveries.map(({ messageId }) => messageId);

describe.runIf(isAvailable)("a queue that a receive waits on is listened to", () => {
  afterAll(() => server.end());

  const heard = (world: PostgresWorld, queues: number) =>
    expect.poll(() => world.listeners(), { timeout: 20_000 }).toHaveLength(queues);

  it("also where the wait begins after the connection was made", async () => {
    await using world = new PostgresWorld(server.url);
    await using still = openStill(world);
    const mail = await still.wait("mail");
    await heard(world, 1);
    const orders = await still.wait("orders");
    await heard(world, 2);
    await still.send("orders", "late");
    expect(idsOf(await orders.received)).toEqual(["late"]);
    mail.stop();
    expect(await mail.received).toEqual([]);
  });

  it("and again, after nobody has waited for some time", async () => {
    await using world = new PostgresWorld(server.url);
    await using still = openStill(world);
    const first = await still.wait("mail");
    await heard(world, 1);
    first.stop();
    expect(await first.received).toEqual([]);
    await heard(world, 0);
    const second = await still.wait("mail");
    await heard(world, 1);
    await still.send("mail", "again");
    expect(idsOf(await second.received)).toEqual(["again"]);
  });

  it("by one connection, also where a wait begins just after the last one was lost", async () => {
    await using world = new PostgresWorld(server.url);
    await using still = openStill(world);
    const first = await still.wait("mail");
    await heard(world, 1);
    const [[pid] = []] = await world.listeners();
    await world.ask(`SELECT pg_terminate_backend(${String(pid)})`);
    await heard(world, 0);
    const second = await still.wait("mail");
    await heard(world, 1);
    // What is under test is that nothing connects once more after the pause of a lost connection.
    await pause(PAST_THE_PAUSE_MS);
    expect(await world.notified()).toHaveLength(1);
    first.stop();
    second.stop();
    await Promise.all([first.received, second.received]);
  });
});
