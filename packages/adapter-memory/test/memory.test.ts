import { systemClock } from "@jobs/core/runtime";
import { createVirtualClock } from "@jobs/core/testing";
import { describe, expect, it } from "vitest";
import { createMemoryStorage, memory } from "../src/index.ts";

const NEVER = new AbortController().signal;
const message = (id: string) => ({ id, label: "add", body: "{}" });

describe("memory", () => {
  it("keeps the messages of brokers without a common storage apart", async () => {
    const queue = await memory().openQueue("default");
    await queue.send([message("a")]);
    const other = await memory().openQueue("default");
    expect((await other.stats()).ready.n).toBe(0);
  });

  it("refuses a clock that is not its storage's", () => {
    const storage = createMemoryStorage({ clock: createVirtualClock() });
    expect(() => memory({ storage, clock: systemClock })).toThrow("not the clock of the storage");
    expect(() => memory({ storage, clock: storage.clock })).not.toThrow();
  });

  it.each([0, 1.5, Number.NaN])("refuses a maxMessageBytes of %d", (maxMessageBytes) => {
    expect(() => memory({ maxMessageBytes })).toThrow("maxMessageBytes");
  });

  it("keeps its own maxMessageBytes", async () => {
    const queue = await memory({ maxMessageBytes: 10 }).openQueue("default");
    expect(queue.capabilities.maxMessageBytes).toBe(10);
    const [result] = await queue.send([{ ...message("a"), body: "x".repeat(11) }]);
    expect(result).toMatchObject({ status: "failed", error: { code: "payload_too_large" } });
  });

  it("declares nothing that it does not have, whatever it is told", async () => {
    const wide = {
      groups: "ordered",
      durable: true,
      provisioning: "external",
      dedupe: { windowMs: 5 },
    } as const;
    const { capabilities } = await memory({ capabilities: wide }).openQueue("default");
    expect(capabilities).toMatchObject({
      groups: false,
      durable: false,
      provisioning: "auto",
      dedupe: "while-stored",
    });
  });

  it("delivers a message again whose worker is gone [W19]", async () => {
    const clock = createVirtualClock();
    const broker = memory({ clock });
    const queue = await broker.openQueue("default");
    await queue.send([message("a")]);
    const consumer = await broker.openConsumer("default", { leaseMs: 1000 });
    await consumer.receive({ max: 1, waitMs: 0, signal: NEVER });
    await consumer.close();
    await clock.advance(1000);
    const next = await broker.openConsumer("default", { leaseMs: 1000 });
    const [again] = await next.receive({ max: 1, waitMs: 0, signal: NEVER });
    expect(again).toMatchObject({ messageId: "a", deliveryCount: 2, crashCount: 1 });
  });

  it("sets no timer for a queue that nobody waits at", async () => {
    const clock = createVirtualClock();
    const broker = memory({ clock });
    const queue = await broker.openQueue("default");
    await queue.send([{ ...message("a"), delayMs: 50 }, message("b")]);
    const consumer = await broker.openConsumer("default", { leaseMs: 1000 });
    await consumer.receive({ max: 1, waitMs: 0, signal: NEVER });
    expect(clock.nextTimerMs()).toBeUndefined();
  });

  it("leaves no timer behind a receive that has ended", async () => {
    const clock = createVirtualClock();
    const broker = memory({ clock });
    const queue = await broker.openQueue("default");
    await queue.send([{ ...message("a"), delayMs: 50 }]);
    const consumer = await broker.openConsumer("default", { leaseMs: 1000 });
    const received = consumer.receive({ max: 1, waitMs: 5000, signal: NEVER });
    await clock.advance(50);
    expect(await received).toHaveLength(1);
    expect(clock.nextTimerMs()).toBeUndefined();
  });

  it("hands what arrives to several waiting receives, the first come first", async () => {
    const broker = memory();
    const queue = await broker.openQueue("default");
    const consumer = await broker.openConsumer("default", { leaseMs: 1000 });
    const waiting = [1, 2].map(() => consumer.receive({ max: 1, waitMs: 10_000, signal: NEVER }));
    await queue.send([message("a"), message("b")]);
    const received = await Promise.all(waiting);
    expect(received.flat().map(({ messageId }) => messageId)).toEqual(["a", "b"]);
  });

  it("names what a storage still holds", async () => {
    const storage = createMemoryStorage();
    const queue = await memory({ storage }).openQueue("default");
    await queue.send([message("a")]);
    expect(storage.leftovers()).toEqual(["default/a (ready)"]);
  });
});
