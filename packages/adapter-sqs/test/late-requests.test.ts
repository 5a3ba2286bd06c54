import type { Delivery } from "@jobs/core/broker";
import { describe, expect, it } from "vitest";
import { SqsWorld } from "./sqs-world.ts";

/** How long a request is held up on its way, in ms: longer than one that follows it needs. */
const LATE_MS = 400;

const VISIBILITY = "ChangeMessageVisibilityBatch";

/** Ten messages in hand, whose next change of visibility is held up on its way. */
async function tenInHand(): Promise<{ readonly world: SqsWorld; readonly deliveries: readonly Delivery[] }> {
  const world = await SqsWorld.open();
  await world.send(Array.from({ length: 10 }, (_, index) => `job-${index}`));
  const deliveries = await world.take();
  world.endpoint.play({ kind: "delay", side: "request", ms: LATE_MS, actions: [VISIBILITY], times: 1 });
  return { world, deliveries };
}

describe("of one lease one request is under way at a time [F26]", () => {
  it("the delay of a retry is not shortened by a heartbeat that was sent before", async () => {
    const { world, deliveries } = await tenInHand();
    await using _ = world;
    const [first] = deliveries as [Delivery];
    const beat = world.consumer.extend(deliveries, 1_000);
    const retry = { delivery: first, action: "retry", delayMs: 20_000, failed: true } as const;
    expect(await world.consumer.settle([retry])).toEqual([{ status: "settled" }]);
    expect(await beat).toMatchObject(deliveries.map(() => ({ status: "extended" })));
    // The other nine come back when their second is over; the one that waits for its retry does not.
    const back = await takeUntil(world, 9);
    expect(back).not.toContain(first.body);
    expect((await world.queue.stats()).leased.n).toBe(10);
  });

  it("a release is not undone by a heartbeat that was sent before", async () => {
    const { world, deliveries } = await tenInHand();
    await using _ = world;
    const [first] = deliveries as [Delivery];
    const beat = world.consumer.extend(deliveries, 30_000);
    await world.consumer.settle([{ delivery: first, action: "release" }]);
    await beat;
    expect(await world.takeOne()).toMatchObject({ body: first.body });
  });

  it("a heartbeat asked for while a retry is on its way is put off, and afterwards lost", async () => {
    const { world, deliveries } = await tenInHand();
    await using _ = world;
    const [first] = deliveries as [Delivery];
    const retrying = world.consumer.settle([
      { delivery: first, action: "retry", delayMs: 20_000, failed: true },
    ]);
    expect(await world.consumer.extend([first], 1_000)).toMatchObject([
      { status: "failed", error: { retryable: true } },
    ]);
    expect(await retrying).toEqual([{ status: "settled" }]);
    expect(await world.consumer.extend([first], 1_000)).toEqual([{ status: "lost" }]);
    expect(world.entriesOf(VISIBILITY)).toHaveLength(1);
  });

  it("a lease that was given back is lost to its holder, without a request", async () => {
    await using world = await SqsWorld.open();
    await world.send(["job"]);
    const delivery = await world.takeOne();
    await world.consumer.settle([{ delivery, action: "release" }]);
    expect(await world.consumer.settle([{ delivery, action: "ack" }])).toEqual([{ status: "lost" }]);
    expect(world.callsOf("DeleteMessageBatch")).toEqual([]);
    expect(await world.takeOne()).toMatchObject({ body: delivery.body });
  });

  it("a release that SQS refused may be asked for again, and is no reason to believe an ack", async () => {
    await using world = await SqsWorld.open();
    await world.send(["job"]);
    const delivery = await world.takeOne();
    world.endpoint.play({ kind: "partial", actions: [VISIBILITY], times: 1 });
    const release = { delivery, action: "release" } as const;
    expect(await world.consumer.settle([release])).toMatchObject([{ status: "failed" }]);
    world.endpoint.play({ kind: "partial", actions: ["DeleteMessageBatch"], times: 1 });
    expect(await world.consumer.settle([{ delivery, action: "ack" }])).toMatchObject([{ status: "failed" }]);
    expect(await world.consumer.settle([release])).toEqual([{ status: "settled" }]);
    expect(await world.takeOne()).toMatchObject({ body: delivery.body });
  });
});

/** The bodies of the next `count` messages. */
async function takeUntil(world: SqsWorld, count: number): Promise<readonly string[]> {
  const bodies: string[] = [];
  while (bodies.length < count) bodies.push(...(await world.take(10, 5_000)).map(({ body }) => body));
  return bodies;
}
