import type { BrokerConsumer, Delivery, Settlement } from "@jobs/core/broker";
import { createVirtualClock } from "@jobs/core/testing";
import { hasPostgres } from "@jobs/test-servers";
import { afterAll, describe, expect, it } from "vitest";
import { createPostgresBroker } from "../src/create-broker.ts";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);

const NOW = { waitMs: 0, timeoutMs: 5_000, signal: new AbortController().signal };
const SETTLED = { status: "settled" };
const LOST = { status: "lost" };

/** The first two of six messages, whose receive was full. No time passes, so the next ones are known. */
async function afterFullReceive({ priority = 0, isOrdered = false } = {}) {
  const world = new PostgresWorld(server.url);
  const broker = createPostgresBroker({ url: server.url, schema: world.schema }, createVirtualClock());
  const queue = await broker.openQueue("mail");
  const messages = ["a", "b", "c", "d", "e", "f"].map((id) => ({ id, label: "t", body: "{}", priority }));
  await queue.send(messages, { timeoutMs: 5_000 });
  const consumer = await broker.openConsumer("mail", { leaseMs: 30_000, isOrdered });
  const first = await consumer.receive({ ...NOW, max: 2 });
  return {
    world,
    queue,
    consumer,
    first,
    /** From now on a call that looks at all fails. */
    onlyNext: () => world.ask(`ALTER FUNCTION ${world.schema}.settle_and_receive RENAME TO is_gone`),
    async [Symbol.asyncDispose]() {
      await broker.close();
      await world[Symbol.asyncDispose]();
    },
  };
}

async function ackAndReceive(consumer: BrokerConsumer, deliveries: readonly Delivery[], max = 2) {
  const acks = deliveries.map((delivery) => ({ delivery, action: "ack" as const }));
  const answer = await consumer.settleAndReceive?.(acks, { ...NOW, max });
  const received = answer?.received ?? [];
  return { settled: answer?.settled, received, ids: received.map(({ messageId }) => messageId) };
}

describe.runIf(isAvailable)("the next messages", () => {
  afterAll(() => server.end());

  it("are received in order by a call that looks at nothing else, and all is counted", async () => {
    await using test = await afterFullReceive();
    await test.onlyNext();
    const next = await ackAndReceive(test.consumer, test.first);
    expect(next).toMatchObject({ settled: [SETTLED, SETTLED], ids: ["c", "d"] });
    const last = await ackAndReceive(test.consumer, next.received.slice(0, 1));
    expect(last).toMatchObject({ settled: [SETTLED], ids: ["e", "f"] });
    expect(await test.queue.stats()).toMatchObject({ ready: { n: 0 }, leased: { n: 3 }, entered: { n: 6 } });
  });

  it("acks stand although the look at all fails that follows a read without messages", async () => {
    await using test = await afterFullReceive();
    const { received } = await ackAndReceive(test.consumer, test.first, 4);
    expect(received).toHaveLength(4);
    await test.onlyNext();
    expect(await ackAndReceive(test.consumer, received)).toMatchObject({
      settled: Array(4).fill(SETTLED),
      ids: [],
    });
    expect(await test.world.ask(`SELECT id FROM ${test.world.schema}.messages`)).toEqual([]);
  });

  it("acks of several leases are one call", async () => {
    await using test = await afterFullReceive();
    await test.onlyNext();
    const { received } = await ackAndReceive(test.consumer, [], 2);
    const mixed = [test.first[1], received[1], test.first[0], received[0]].flatMap((one) => one ?? []);
    const { settled, ids } = await ackAndReceive(test.consumer, mixed);
    expect(settled).toEqual(Array(4).fill(SETTLED));
    expect(ids).toEqual(["e", "f"]);
    expect(await test.world.ask(`SELECT id FROM ${test.world.schema}.messages ORDER BY id`)).toEqual([
      ["e"],
      ["f"],
    ]);
  });

  it("an ack is found where its row was moved, and lost where the row is gone", async () => {
    await using test = await afterFullReceive();
    await test.world.ask(`UPDATE ${test.world.schema}.messages SET label = 'moved' WHERE id = 'a';
      DELETE FROM ${test.world.schema}.messages WHERE id = 'b'`);
    const { settled, ids } = await ackAndReceive(test.consumer, test.first);
    expect(settled).toEqual([SETTLED, LOST]);
    expect(ids).toEqual(["c", "d"]);
  });

  it("an ack after the lease of another holder changes nothing", async () => {
    await using test = await afterFullReceive();
    await test.world.ask(`UPDATE ${test.world.schema}.messages SET lease = 7 WHERE id = 'a'`);
    expect((await ackAndReceive(test.consumer, test.first)).settled).toEqual([LOST, SETTLED]);
    expect(await test.world.ask(`SELECT lease FROM ${test.world.schema}.messages WHERE id = 'a'`)).toEqual([
      ["7"],
    ]);
  });

  it("an ack does not remove a message that has the place of a lost one", async () => {
    await using test = await afterFullReceive();
    const table = `${test.world.schema}.messages`;
    const [[place] = []] = await test.world.ask(`SELECT ctid FROM ${table} WHERE id = 'a'`);
    await test.world.ask(`DELETE FROM ${table} WHERE id = 'a'`);
    const sent: string[] = [];
    const atPlace = async () => {
      await test.world.ask(`VACUUM ${table}`);
      sent.push(`new-${sent.length}`);
      await test.queue.send([{ id: sent.at(-1) ?? "", label: "t", body: "{}" }], { timeoutMs: 5_000 });
      return (await test.world.ask(`SELECT id FROM ${table} WHERE ctid = '${place}'`)).length;
    };
    await expect.poll(atPlace).toBe(1);
    const { settled, ids } = await ackAndReceive(test.consumer, test.first);
    expect(settled).toEqual([LOST, SETTLED]);
    expect(ids).toEqual(["c", "d"]);
    const { received } = await ackAndReceive(test.consumer, [], 100);
    expect(received.map(({ messageId }) => messageId)).toEqual(["e", "f", ...sent]);
  });

  it("come after a message with a priority that another process has sent", async () => {
    await using test = await afterFullReceive();
    const sender = await test.world.broker().openQueue("mail");
    await sender.send([{ id: "urgent", label: "t", body: "{}", priority: 5 }], { timeoutMs: 5_000 });
    expect((await ackAndReceive(test.consumer, test.first)).ids).toEqual(["urgent", "c"]);
  });

  it("are not read by a call with another settlement than an ack", async () => {
    await using test = await afterFullReceive();
    const [one, other] = test.first;
    const settlements: readonly Settlement[] = [
      { delivery: one!, action: "ack" },
      { delivery: other!, action: "retry", delayMs: 60_000, failed: true },
    ];
    await test.consumer.settleAndReceive?.(settlements, { ...NOW, max: 2 });
    expect(await test.queue.stats()).toMatchObject({ ready: { n: 2 }, delayed: { n: 1 }, leased: { n: 2 } });
  });

  it("are not read alone by a reader that keeps the order, since an older one may appear", async () => {
    await using test = await afterFullReceive({ isOrdered: true });
    await test.onlyNext();
    await expect(ackAndReceive(test.consumer, test.first)).rejects.toThrow("the tables of jobs do not exist");
  });

  it("renewed and completed leases are acked in one call, by their ids", async () => {
    await using test = await afterFullReceive();
    await test.consumer.extend(test.first, 60_000, { timeoutMs: 5_000 });
    await test.world.ask(`ALTER FUNCTION ${test.world.schema}.receive_next RENAME TO is_gone`);
    const { settled, ids } = await ackAndReceive(test.consumer, test.first);
    expect(settled).toEqual([SETTLED, SETTLED]);
    expect(ids).toEqual(["c", "d"]);
  });

  it("of a queue with priorities, of a paused one, and returned ones are found by a look at all", async () => {
    await using test = await afterFullReceive({ priority: 3 });
    expect((await ackAndReceive(test.consumer, test.first)).ids).toEqual(["c", "d"]);
    await using other = await afterFullReceive();
    await other.queue.pause();
    expect((await ackAndReceive(other.consumer, other.first)).ids).toEqual([]);
    await other.queue.resume();
    const { received } = await ackAndReceive(other.consumer, []);
    await other.consumer.settle(
      received.map((delivery) => ({ delivery, action: "release" as const })),
      { timeoutMs: 5_000 },
    );
    expect((await ackAndReceive(other.consumer, [])).ids).toEqual(["c", "d"]);
  });
});
