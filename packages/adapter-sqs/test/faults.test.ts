import { startStopwatch } from "@jobs/core/testing";
import { REFUSALS } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { letter, SqsWorld } from "./sqs-world.ts";

describe("sends", () => {
  it("sends again only the entries that failed [F26]", async () => {
    await using world = await SqsWorld.open();
    const fault = world.endpoint.play({ kind: "partial", actions: ["SendMessageBatch"], share: 0.2 });
    const ids = Array.from({ length: 100 }, (_, index) => `job-${index}`);
    const results = await world.queue.send(ids.map(letter));
    expect(results.every(({ status }) => status === "sent")).toBe(true);
    expect(fault.met).toBeGreaterThan(5);
    expect(world.entriesOf("SendMessageBatch")).toHaveLength(100 + fault.met);
    expect((await world.queue.stats()).ready.n).toBe(100);
  });

  it.each([REFUSALS.throttling, REFUSALS.requestThrottled, REFUSALS.internalFailure, REFUSALS.unavailable])(
    "go through when $name passes, and else are refused within 5 s as retryable",
    async (refusal) => {
      await using world = await SqsWorld.open();
      const passing = world.endpoint.play({ kind: "refusal", refusal, times: 2 });
      expect(await world.queue.send([letter("job")])).toMatchObject([{ status: "sent" }]);
      expect(passing.met).toBe(2);
      world.endpoint.play({ kind: "refusal", refusal });
      const sinceAskedMs = startStopwatch();
      expect(await world.queue.send([letter("other")])).toMatchObject([
        { status: "failed", error: { code: "broker_unavailable", retryable: true, maybeSent: false } },
      ]);
      expect(sinceAskedMs()).toBeLessThan(5_000);
    },
  );

  it("whose answer is lost may have arrived, and are not repeated behind the sender's back; on FIFO they are", async () => {
    await using world = await SqsWorld.open();
    world.endpoint.play({ kind: "lost-answer", actions: ["SendMessageBatch"], times: 1 });
    expect(await world.queue.send([letter("job")])).toMatchObject([
      { status: "failed", error: { code: "broker_unavailable", retryable: true, maybeSent: true } },
    ]);
    expect(await world.take()).toHaveLength(1);
    await using fifo = await SqsWorld.open({ queue: { name: "orders.fifo", fifo: true } });
    fifo.endpoint.play({ kind: "lost-answer", actions: ["SendMessageBatch"], times: 1 });
    expect(await fifo.queue.send([letter("job")])).toMatchObject([{ status: "sent" }]);
    expect(await fifo.take()).toHaveLength(1);
  });

  it("to an address where nobody is are refused in time, and were not sent [F25]", async () => {
    const world = await SqsWorld.open();
    await world.endpoint.close();
    // A connection that was open may have taken the first of them.
    await world.queue.send([letter("first")]);
    const results = await world.queue.send(Array.from({ length: 100 }, (_, index) => letter(`job-${index}`)));
    for (const result of results)
      expect(result).toMatchObject({ error: { retryable: true, maybeSent: false } });
    await world.broker.close();
  });
});

describe("leases", () => {
  it("a partial failure of a settle is that lease's alone [F26]", async () => {
    await using world = await SqsWorld.open();
    await world.send(Array.from({ length: 10 }, (_, index) => `job-${index}`));
    const deliveries = await world.take();
    const fault = world.endpoint.play({ kind: "partial", actions: ["DeleteMessageBatch"], times: 3 });
    const results = await world.consumer.settle(deliveries.map((delivery) => ({ delivery, action: "ack" })));
    expect(results.filter(({ status }) => status === "failed")).toHaveLength(fault.met);
    expect((await world.queue.stats()).leased.n).toBe(3);
  });

  it("OverLimit is no outage: the consumer waits a little and has nothing", async () => {
    await using world = await SqsWorld.open();
    const limit = world.endpoint.play({ kind: "refusal", refusal: REFUSALS.overLimit });
    expect(await world.take(10, 1_500)).toEqual([]);
    expect(limit.met).toBeLessThanOrEqual(3);
  });

  it("a consumer that is refused says so [F24]", async () => {
    await using world = await SqsWorld.open();
    world.endpoint.play({ kind: "refusal", refusal: REFUSALS.throttling });
    await expect(world.take()).rejects.toMatchObject({ code: "broker_unavailable", retryable: true });
    world.endpoint.play({ kind: "refusal", refusal: REFUSALS.expiredToken });
  });
});
