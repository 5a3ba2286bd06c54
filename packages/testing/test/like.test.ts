import { adapter as memory } from "@jobs/adapter-memory";
import { adapter as redis } from "@jobs/adapter-redis";
import { adapter as sqlite } from "@jobs/adapter-sqlite";
import { adapter as sqs } from "@jobs/adapter-sqs";
import { defineTask, handle } from "@jobs/core";
import type { AdapterDescriptor, Capabilities } from "@jobs/core/broker";
import { describe, expect, test } from "vitest";
import { createTestApp } from "../src/index.ts";

const work = defineTask("work", { text: "string?" });
const idle = handle(work, () => {});

async function capabilitiesOf(like: AdapterDescriptor): Promise<Capabilities> {
  await using t = createTestApp({ tasks: [work] }, { like });
  return (await t.app.queue("default")).capabilities;
}

describe("like", () => {
  test("sqs refuses priorities as the real one would, by its name", async () => {
    await using t = createTestApp({ tasks: [work], handlers: [idle] }, { like: sqs });
    await expect(t.app.enqueue(work, {}, { priority: 5 })).rejects.toThrow(
      'sqs queue "default" has no priority',
    );
    expect(await t.app.enqueue(work, {})).toMatchObject({ broker: "sqs", status: "enqueued" });
  });

  test("sqs adds a job twice under one id, the others do not", async () => {
    for (const [like, status] of [
      [sqs, "enqueued"],
      [redis, "duplicate"],
      [sqlite, "duplicate"],
      [memory, "duplicate"],
    ] as const) {
      await using t = createTestApp({ tasks: [work] }, { like });
      await t.app.enqueue(work, {}, { id: "once" });
      expect(await t.app.enqueue(work, {}, { id: "once" }), like.kind).toMatchObject({ status });
    }
  });

  test("sqs refuses a body above 1 MiB and cannot be looked into", async () => {
    await using t = createTestApp({ tasks: [work] }, { like: sqs });
    await expect(t.app.enqueue(work, { text: "x".repeat(1024 * 1024) })).rejects.toMatchObject({
      code: "payload_too_large",
    });
    const queue = await t.app.queue("default");
    await expect(queue.peek({ state: "ready", limit: 1 })).rejects.toMatchObject({ code: "unsupported" });
    await t.app.enqueue(work, {});
    t.expectEnqueued(work);
  });

  test("a task with more attempts than the queue has deliveries is refused at start [W34]", async () => {
    const stubborn = defineTask("stubborn", {}, { maxAttempts: 20 });
    await using t = createTestApp(
      { tasks: [stubborn], handlers: [handle(stubborn, () => {})] },
      { like: sqs },
    );
    await t.app.enqueue(stubborn, {});
    await expect(t.runAll()).rejects.toThrow(/sets messages aside after 10 deliveries/);
  });

  test("takes limits of your own, or a broker's with some changed", async () => {
    await using none = createTestApp({ tasks: [work] }, { like: { delay: false } });
    await expect(none.app.enqueue(work, {}, { delayMs: 1 })).rejects.toMatchObject({ code: "unsupported" });
    await using short = createTestApp(
      { tasks: [work], handlers: [idle] },
      { like: { ...sqs.limits, maxDeliveries: 3 } },
    );
    await short.app.enqueue(work, {});
    await expect(short.runAll()).rejects.toThrow(/after 3 deliveries/);
  });

  test("every broker's limits are declared by the queue", async () => {
    for (const like of [memory, sqlite, redis, sqs]) {
      // Where messages live, groups and how queues come to be stay as memory has them.
      const { groups, durable, provisioning, ...limits } = like.limits ?? {};
      expect(await capabilitiesOf(like)).toMatchObject(limits);
    }
  });

  test("an adapter that keeps no queues is refused", () => {
    const { limits: _, ...none } = memory;
    expect(() => createTestApp({ tasks: [work] }, { like: none })).toThrow("like: memory is not a broker.");
  });
});
