import { expect, it } from "vitest";
import { SqsWorld } from "./sqs-world.ts";

/** As short as SQS leases. */
const LEASE_MS = 1_000;

const INTERNAL = { name: "InternalError", message: "no", isSender: false };
const GONE = { name: "ReceiptHandleIsInvalid", message: "The receipt handle has expired.", isSender: true };

it("a message that comes again while it is held is not delivered; its lease is kept and ended with both receipts", async () => {
  await using world = await SqsWorld.open();
  world.endpoint.play({ kind: "duplicate", times: 1 });
  await world.send(["job"]);
  const delivery = await world.takeOne();
  expect(await world.take()).toEqual([]);
  expect(await world.consumer.extend([delivery], 30_000)).toMatchObject([{ status: "extended" }]);
  expect(await world.consumer.settle([{ delivery, action: "ack" }])).toEqual([{ status: "settled" }]);
  const receipts = (action: string) => world.entriesOf(action).map(({ ReceiptHandle }) => ReceiptHandle);
  expect(receipts("ChangeMessageVisibilityBatch")).toHaveLength(2);
  expect(receipts("DeleteMessageBatch")).toEqual(receipts("ChangeMessageVisibilityBatch"));
  await isEmpty(world);
});

it("a done message that comes back is deleted instead of delivered, as often as it takes [F26]", async () => {
  await using world = await SqsWorld.open({ leaseMs: LEASE_MS });
  const forgetting = world.endpoint.play({ kind: "forgotten-delete", times: 2 });
  await world.send(["job"]);
  const delivery = await world.takeOne();
  expect(await world.consumer.settle([{ delivery, action: "ack" }])).toEqual([{ status: "settled" }]);
  expect(await world.take(1, 4 * LEASE_MS)).toEqual([]);
  expect(forgetting.met).toBe(2);
  await isEmpty(world);
});

it("a job whose ack failed until its lease ended is not run again by who has done it [F34]", async () => {
  await using world = await SqsWorld.open({ leaseMs: LEASE_MS });
  await world.send(["job"]);
  const delivery = await world.takeOne();
  const failing = world.endpoint.play({
    kind: "partial",
    actions: ["DeleteMessageBatch"],
    refusal: INTERNAL,
  });
  expect(await world.consumer.settle([{ delivery, action: "ack" }])).toMatchObject([{ status: "failed" }]);
  failing.end();
  expect(await world.take(1, 2 * LEASE_MS)).toEqual([]);
  await isEmpty(world);
});

it("a late ack that SQS does not confirm leaves the job to be done: its result is not stored yet", async () => {
  await using world = await SqsWorld.open();
  await world.send(["job"]);
  const delivery = await world.takeOne();
  const losing = world.endpoint.play({ kind: "partial", refusal: GONE });
  expect(await world.consumer.extend([delivery], 30_000)).toEqual([{ status: "lost" }]);
  expect(await world.consumer.settle([{ delivery, action: "ack" }])).toEqual([{ status: "lost" }]);
  losing.end();
  await world.consumer.settle([{ delivery, action: "release" }]);
  expect(await world.takeOne()).toMatchObject({ body: delivery.body });
});

it("what is retried, released, sent again or redriven under the same id is delivered again", async () => {
  await using world = await SqsWorld.open();
  await world.send(["job"]);
  const first = await world.takeOne();
  await world.consumer.settle([{ delivery: first, action: "retry", delayMs: 0, failed: true }]);
  const retried = await world.takeOne();
  await world.consumer.settle([{ delivery: retried, action: "release" }]);
  const released = await world.takeOne();
  await world.consumer.settle([{ delivery: released, action: "ack" }]);
  await world.send(["job"]);
  const sentAgain = await world.takeOne();
  await world.consumer.settle([{ delivery: sentAgain, action: "dead", reason: "fatal" }]);
  expect(await world.queue.redrive({ limit: 1 })).toEqual({ moved: 1 });
  const redriven = await world.takeOne();
  expect(redriven).toMatchObject({ body: first.body, messageId: sentAgain.messageId });
  expect(await world.consumer.settle([{ delivery: redriven, action: "ack" }])).toEqual([
    { status: "settled" },
  ]);
});

it("a hop whose original could not be deleted is not taken a second time [F43]", async () => {
  await using world = await SqsWorld.open({ maxDelaySeconds: 1, leaseMs: LEASE_MS });
  await world.send(["job"], { delayMs: 2_500 });
  const failing = world.endpoint.play({ kind: "partial", actions: ["DeleteMessageBatch"], times: 2 });
  const delivery = await world.takeOne(10_000);
  expect(failing.met).toBe(2);
  expect(await world.consumer.settle([{ delivery, action: "ack" }])).toEqual([{ status: "settled" }]);
  expect(await world.take(1, 3 * LEASE_MS)).toEqual([]);
  await isEmpty(world);
});

it("a buried job whose original could not be deleted neither runs nor dies again", async () => {
  await using world = await SqsWorld.open({ leaseMs: LEASE_MS });
  await world.send(["job"]);
  const delivery = await world.takeOne();
  const failing = world.endpoint.play({ kind: "partial", actions: ["DeleteMessageBatch"] });
  const settlement = { delivery, action: "dead", reason: "fatal" } as const;
  expect(await world.consumer.settle([settlement])).toMatchObject([{ status: "failed" }]);
  failing.end();
  await world.consumer.settle([{ delivery, action: "release" }]);
  expect(await world.take()).toEqual([]);
  await isEmpty(world);
  expect(await world.queue.stats()).toMatchObject({ dead: { n: 1 } });
});

/** Nobody waits for the delete of what has come back. */
async function isEmpty({ queue }: SqsWorld): Promise<void> {
  const counts = async () => {
    const { ready, delayed, leased } = await queue.stats();
    return [ready.n, delayed.n, leased.n];
  };
  await expect.poll(counts).toEqual([0, 0, 0]);
}
