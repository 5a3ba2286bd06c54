import type { Broker, BrokerConsumer, BrokerQueue, Delivery } from "@jobs/core/broker";
import { createVirtualClock, type VirtualClock } from "@jobs/core/testing";
import { describe, expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { temporaryFile, withConnection } from "./temporary-file.ts";

const never = new AbortController().signal;
const message = (id: string) => ({ id, label: "test", body: JSON.stringify({ id }) });

interface World extends AsyncDisposable {
  readonly broker: Broker;
  readonly queue: BrokerQueue;
  readonly consumer: BrokerConsumer;
  readonly clock: VirtualClock;
  edit(statement: string): Promise<void>;
  /** All messages that can be received now. */
  take(): Promise<readonly Delivery[]>;
}

async function openWorld(): Promise<World> {
  const file = temporaryFile();
  const clock = createVirtualClock();
  const broker = sqlite({ file, clock, synchronous: "normal" });
  const queue = await broker.openQueue("work");
  const consumer = await broker.openConsumer("work", { leaseMs: 1_000 });
  return {
    broker,
    queue,
    consumer,
    clock,
    edit: (statement) => withConnection(file, (connection) => connection.exec(statement)),
    take: () => consumer.receive({ max: 10, waitMs: 0, signal: never }),
    [Symbol.asyncDispose]: () => broker.close(),
  };
}

const idsOf = (some: readonly { readonly messageId: string }[]) =>
  some.map(({ messageId }) => messageId).sort();

async function expectCounts({ queue }: World, counts: Record<string, number>): Promise<void> {
  const { ready, delayed, leased, dead } = await queue.stats();
  expect({ ready: ready.n, delayed: delayed.n, leased: leased.n, dead: dead.n }).toEqual({
    ready: 0,
    delayed: 0,
    leased: 0,
    dead: 0,
    ...counts,
  });
}

const NUMBERS = ["deliveries", "failures", "crashes", "redrives", "priority", "due_at", "at", "rank"];
const ODD = ["9223372036854775807", "-9223372036854775808", "-1"];

describe("numbers that no release writes", () => {
  it.each(NUMBERS.flatMap((column) => ODD.map((value) => [column, value])))(
    "%s = %s holds up neither its job nor the one beside it [F50]",
    async (column, value) => {
      await using world = await openWorld();
      const { queue, consumer, clock } = world;
      const edit = () => world.edit(`UPDATE messages SET ${column} = ${value} WHERE id = 'odd'`);
      const take = async () => {
        // A row outside of the order is found when no other message is ready.
        const taken = [...(await world.take()), ...(await world.take())];
        expect(idsOf(taken)).toEqual(["odd", "sound"]);
        return taken;
      };
      await queue.send([message("odd"), message("sound")]);
      await edit();
      expect((await queue.stats()).ready.n).toBe(2);
      for (const settlement of [
        { action: "retry", delayMs: 0, failed: true },
        { action: "release" },
        { action: "dead", reason: "fatal" },
      ] as const) {
        const taken = await take();
        expect(taken.every(({ deliveryCount }) => deliveryCount >= 1)).toBe(true);
        if (column !== "at" && column !== "rank") await edit();
        const settled = await consumer.settle(taken.map((delivery) => ({ delivery, ...settlement })));
        expect(settled).toEqual([{ status: "settled" }, { status: "settled" }]);
      }
      await edit();
      const first = await queue.peek({ state: "dead", limit: 1 });
      const second = await queue.peek({ state: "dead", limit: 1, cursor: first.nextCursor! });
      expect(idsOf([...first.messages, ...second.messages])).toEqual(["odd", "sound"]);
      expect(second.nextCursor).toBeUndefined();
      expect(await queue.redrive({ limit: 10 })).toEqual({ moved: 2 });
      await take();
      if (column !== "at") await edit();
      await clock.advance(1_001);
      await take();
      await expectCounts(world, { leased: 2 });
    },
  );

  it("a queue whose last number is the last there is refuses clearly, until it is corrected [F50]", async () => {
    await using world = await openWorld();
    await world.queue.send([message("job")]);
    await world.edit("UPDATE queues SET last_number = 9223372036854775807");
    await expect(world.take()).rejects.toMatchObject({ code: "broker_unavailable", retryable: false });
    await world.edit("UPDATE queues SET last_number = 5");
    expect(idsOf(await world.take())).toEqual(["job"]);
  });
});

describe("counts of a queue", () => {
  it.each(["0", "-7", "9223372036854775807"])(
    "that were set to %s hide no job, and are corrected when they are found to be wrong [F50]",
    async (value) => {
      await using world = await openWorld();
      const { queue, clock, consumer } = world;
      await queue.send([message("leased")]);
      await world.take();
      await queue.send([{ ...message("later"), delayMs: 500 }, message("ready")]);
      await world.edit(
        `UPDATE queues SET ready = ${value}, delayed = ${value}, leased = ${value}, dead = ${value}`,
      );
      expect(idsOf(await world.take())).toEqual(["ready"]);
      const waiting = consumer.receive({ max: 10, waitMs: 600, signal: never });
      await clock.advance(600);
      expect(idsOf(await waiting)).toEqual(["later"]);
      await clock.advance(401);
      expect(idsOf(await world.take())).toEqual(["leased", "ready"]);
      if (value !== "9223372036854775807") await expectCounts(world, { leased: 3 });
    },
  );
});

describe("rows in no place", () => {
  it.each(["state = 7", "state = -1"])(
    "a message with %s is a dead letter that can be put back [F50]",
    async (edit) => {
      await using world = await openWorld();
      await world.queue.send([message("odd"), message("sound")]);
      await world.edit(`UPDATE messages SET ${edit} WHERE id = 'odd'`);
      expect(idsOf(await world.take())).toEqual(["sound"]);
      expect(await world.take()).toEqual([]);
      expect((await world.queue.peek({ state: "dead", limit: 5 })).messages).toMatchObject([
        { messageId: "odd", body: message("odd").body, dead: { reason: "undecodable" } },
      ]);
      await expectCounts(world, { leased: 1, dead: 1 });
      expect(await world.queue.redrive({ limit: 5 })).toEqual({ moved: 1 });
      expect(idsOf(await world.take())).toEqual(["odd"]);
    },
  );

  it.each([
    ["a delay", { delayMs: 500 }],
    ["a lease", {}],
  ])("%s with a rank ends all the same [F50]", async (_, options) => {
    await using world = await openWorld();
    await world.queue.send([{ ...message("odd"), ...options }]);
    await world.take();
    await world.edit("UPDATE messages SET rank = 3");
    await world.clock.advance(1_001);
    expect(idsOf(await world.take())).toEqual(["odd"]);
    await expectCounts(world, { leased: 1 });
  });

  it("an error of a dead letter that is no JSON is shown as the text it is [F50]", async () => {
    await using world = await openWorld();
    await world.queue.send([message("odd")]);
    const [delivery] = await world.take();
    await world.consumer.settle([{ delivery: delivery!, action: "dead", reason: "fatal" }]);
    await world.edit("UPDATE messages SET dead_error = 'see the log'");
    expect((await world.queue.peek({ state: "dead", limit: 5 })).messages).toMatchObject([
      { dead: { error: { message: "see the log" } } },
    ]);
  });
});

it.each([
  ["made anew", "ALTER TABLE messages RENAME TO old; CREATE TABLE messages AS SELECT * FROM old"],
  ["dropped", "DROP TABLE results"],
])("a table that was %s, and takes any type or none, is refused clearly [F50]", async (_, edit) => {
  const file = temporaryFile();
  const first = sqlite({ file });
  await (await first.openQueue("work")).send([message("job")]);
  await first.close();
  await withConnection(file, (connection) => connection.exec(edit));
  await expect(sqlite({ file }).openConsumer("work", { leaseMs: 1_000 })).rejects.toMatchObject({
    code: "invalid_config",
    message: expect.stringContaining("contains tables that jobs did not create"),
  });
});

it("a redrive that repairs dead letters uses no number twice", async () => {
  const file = temporaryFile();
  const broker = sqlite({ file });
  const queue = await broker.openQueue("work");
  const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
  await queue.send(["one", "two", "three"].map((id) => ({ id, label: "test", body: "{}" })));
  const taken = await consumer.receive({ max: 3, waitMs: 0, signal: new AbortController().signal });
  await consumer.settle(taken.map((delivery) => ({ delivery, action: "dead", reason: "fatal" })));
  await withConnection(file, (connection) => connection.exec("UPDATE messages SET rank = 0"));
  expect(await queue.redrive({ limit: 1 })).toEqual({ moved: 1 });
  const numbers = await withConnection(file, (connection) =>
    connection
      .prepare(
        "SELECT (SELECT max(rank) FROM messages WHERE state = 3) AS highest, (SELECT last_number FROM queues) AS last",
      )
      .get(),
  );
  const { highest, last } = numbers as { highest: number; last: number };
  expect(last).toBeGreaterThanOrEqual(highest);
  await broker.close();
});
