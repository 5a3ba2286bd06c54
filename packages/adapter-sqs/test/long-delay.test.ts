import { expect, it } from "vitest";
import { SqsWorld } from "./sqs-world.ts";

/** Stands for the 900 s of SQS. */
const maxDelaySeconds = 1;

const SLOW = { timeout: 50_000 };

it(
  "a delay longer than SQS has goes in hops: never early, over restarts, without burning attempts [F43]",
  SLOW,
  async () => {
    const queue = { maxReceiveCount: 2, visibilityTimeout: 30 };
    await using world = await SqsWorld.open({ maxDelaySeconds, queue });
    const sentAt = performance.now();
    const [sent] = await world.queue.send([{ id: "job", label: "tell", body: "{}", delayMs: 3_500 }]);
    const delivery = await world.takeOne(20_000);
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(3_500);
    expect(delivery).toMatchObject({ body: "{}", deliveryCount: 1 });
    expect(sent).toEqual({ status: "sent", messageId: delivery.messageId });
    // Each hop is a message of its own, and the last knows of no delay any more.
    const hops = world.entriesOf("SendMessageBatch");
    expect(hops.length).toBeGreaterThanOrEqual(3);
    expect(hops.every(({ DelaySeconds }) => Number(DelaySeconds) <= maxDelaySeconds)).toBe(true);
    expect(hops.at(-1)).not.toHaveProperty("MessageAttributes.jobs-due-in-ms");
    expect(hops.at(-1)).toMatchObject({ MessageAttributes: { "jobs-id": { StringValue: "job" } } });
    await world.consumer.settle([{ delivery, action: "ack" }]);
    expect(await world.queue.stats()).toMatchObject({
      ready: { n: 0 },
      delayed: { n: 0 },
      leased: { n: 0 },
      dead: { n: 0 },
    });
  },
);

it("a hop that cannot be sent leaves the message where it is", SLOW, async () => {
  await using world = await SqsWorld.open({ maxDelaySeconds, leaseMs: 2_000 });
  await world.send(["job"], { delayMs: 3_000 });
  const refusing = world.endpoint.play({
    kind: "partial",
    actions: ["SendMessageBatch"],
    refusal: { name: "InvalidParameterValue", message: "no", isSender: true },
  });
  expect(await world.take(1, 2_000)).toEqual([]);
  // On a busy machine its lease may end within the wait. Then the hop is tried, and refused, once more.
  expect(refusing.met).toBeGreaterThan(0);
  refusing.end();
  expect(await world.takeOne(20_000)).toMatchObject({ body: '{"name":"job"}' });
});

it("the queue's clock decides: a job comes late when nobody asked, and is due at once then", async () => {
  await using world = await SqsWorld.open({ maxDelaySeconds });
  await world.send(["job"], { delayMs: 2_000 });
  // The time of this endpoint is real: nobody asks while the delay goes by.
  await new Promise((resolve) => setTimeout(resolve, 3_100));
  expect(await world.takeOne()).toMatchObject({ deliveryCount: 1 });
  expect(world.entriesOf("SendMessageBatch")).toHaveLength(1);
});
