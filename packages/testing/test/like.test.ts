import { defineTask, handle } from "@jobs/core";
import type { Capabilities } from "@jobs/core/broker";
import { describe, expect, test } from "vitest";
import { BROKER_LIMITS, type BrokerLike, createTestApp } from "../src/index.ts";

const work = defineTask("work", { text: "string?" });
const idle = handle(work, () => {});

async function capabilitiesOf(like: BrokerLike): Promise<Capabilities> {
  await using t = createTestApp({ tasks: [work] }, { like });
  return (await t.app.queue("default")).capabilities;
}

describe("like", () => {
  test("sqs refuses priorities as the real one would, by its name", async () => {
    await using t = createTestApp({ tasks: [work], handlers: [idle] }, { like: "sqs" });
    await expect(t.app.enqueue(work, {}, { priority: 5 })).rejects.toThrow(
      'sqs queue "default" has no priority',
    );
    expect(await t.app.enqueue(work, {})).toMatchObject({ broker: "sqs", status: "enqueued" });
  });

  test("sqs adds a job twice under one id, the others do not", async () => {
    for (const [like, status] of [
      ["sqs", "enqueued"],
      ["redis", "duplicate"],
      ["sqlite", "duplicate"],
      ["memory", "duplicate"],
    ] as const) {
      await using t = createTestApp({ tasks: [work] }, { like });
      await t.app.enqueue(work, {}, { id: "once" });
      expect(await t.app.enqueue(work, {}, { id: "once" }), like).toMatchObject({ status });
    }
  });

  test("sqs refuses a body above 1 MiB and cannot be looked into", async () => {
    await using t = createTestApp({ tasks: [work] }, { like: "sqs" });
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
      { like: "sqs" },
    );
    await t.app.enqueue(stubborn, {});
    await expect(t.runAll()).rejects.toThrow(/sets messages aside after 10 deliveries/);
  });

  test("takes limits of your own, or a broker's with some changed", async () => {
    await using none = createTestApp({ tasks: [work] }, { like: { delay: false } });
    await expect(none.app.enqueue(work, {}, { delayMs: 1 })).rejects.toMatchObject({ code: "unsupported" });
    await using short = createTestApp(
      { tasks: [work], handlers: [idle] },
      { like: { ...BROKER_LIMITS.sqs, maxDeliveries: 3 } },
    );
    await short.app.enqueue(work, {});
    await expect(short.runAll()).rejects.toThrow(/after 3 deliveries/);
  });

  test("every broker's limits are declared by the queue", async () => {
    for (const like of Object.keys(BROKER_LIMITS) as BrokerLike[]) {
      expect(await capabilitiesOf(like)).toMatchObject(BROKER_LIMITS[like]);
    }
  });

  test("a broker that is not in the table is refused", () => {
    expect(() => createTestApp({ tasks: [work] }, { like: "kafka" as BrokerLike })).toThrow(
      expect.objectContaining({
        code: "invalid_config",
        hint: expect.stringContaining("memory, sqlite, redis, sqs"),
      }),
    );
  });
});
