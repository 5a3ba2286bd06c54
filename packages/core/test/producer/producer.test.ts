import { describe, expect, test } from "vitest";
import { BrokerUnavailableError, defineTask, step } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const work = defineTask("work", { a: "number", b: "number?" }, { queue: "mail", priority: 3 });

async function stored(rig: ReturnType<typeof createRig>, queue = "mail") {
  const opened = await rig.broker.openQueue(queue);
  const pages = await Promise.all(
    (["ready", "delayed"] as const).map((state) => opened.peek({ state, limit: 100 })),
  );
  return pages.flatMap(({ messages }) => messages);
}

describe("enqueue", () => {
  test("stores one readable envelope with the task's queue and priority, and says where [W4 W10 W28]", async () => {
    const rig = createRig({ tasks: [work] });
    const job = await rig.app.enqueue(work, { a: 1 });
    expect(job).toMatchObject({ task: "work", queue: "mail", broker: "memory", status: "enqueued" });
    const [message] = await stored(rig);
    expect(message).toMatchObject({ messageId: job.id, label: "work", priority: 3, deliveryCount: 0 });
    expect(JSON.parse(message?.body ?? "")).toEqual({
      v: 1,
      task: "work",
      params: { a: 1 },
      id: job.id,
      sig: "a,b?",
      enqueuedAt: "2026-01-01T00:00:00.000Z",
    });
  });

  test("the queue's name is exactly prefix + queue [W1 W2 T6]", async () => {
    const rig = createRig({ tasks: [work], queuePrefix: "acme-" });
    await rig.app.enqueue(work, { a: 1 });
    await rig.app.enqueue(work, { a: 1 }, { queue: "other" });
    expect(await stored(rig, "acme-mail")).toHaveLength(1);
    expect(await stored(rig, "acme-other")).toHaveLength(1);
    expect(await stored(rig, "mail")).toHaveLength(0);
  });

  test("a domain routes to queue__domain [C19]", async () => {
    const cool = defineTask("cool", {}, { domain: "cool" });
    const rig = createRig({ tasks: [cool] });
    expect(await rig.app.enqueue(cool, {})).toMatchObject({ queue: "default__cool" });
    expect(await stored(rig, "default__cool")).toHaveLength(1);
  });

  test("a single job can be sent to another domain, and says so in its envelope [C19]", async () => {
    const cool = defineTask("cool", {}, { domain: "cool" });
    const rig = createRig({ tasks: [cool] });
    await rig.app.enqueue(cool, {}, { domain: "hot" });
    const [hot] = await stored(rig, "default__hot");
    expect(JSON.parse(hot?.body ?? "{}")).toMatchObject({ domain: "hot" });
    expect(await stored(rig, "default__cool")).toHaveLength(0);
  });

  test("an unknown task or wrong names are refused and nothing is sent [W4 W7 E3]", async () => {
    const rig = createRig({ tasks: [work] });
    await expect(rig.app.enqueueByName("wrok" as "work", { a: 1 })).rejects.toMatchObject({
      code: "unknown_task",
      suggestion: "work",
    });
    await expect(rig.app.enqueue(work, { a: 1, c: 2 } as never)).rejects.toMatchObject({
      code: "signature_mismatch",
      unexpected: ["c"],
    });
    expect(await stored(rig)).toHaveLength(0);
  });

  test("calls of one turn travel in one send; each gets its own answer", async () => {
    const rig = createRig({ tasks: [work] });
    let sends = 0;
    rig.faults.send = () => {
      sends++;
      return undefined;
    };
    const answers = await Promise.allSettled([
      rig.app.enqueue(work, { a: 1 }, { id: "one" }),
      rig.app.enqueue(work, { a: 2 }, { id: "one" }),
      rig.app.enqueue(work, { a: 3 }, { id: "not usable!" }),
      rig.app.enqueue(work, { a: 4 }, { id: "four" }),
    ]);
    expect(sends).toBe(1);
    expect(
      answers.map((answer) => (answer.status === "fulfilled" ? answer.value.status : "refused")),
    ).toEqual(["enqueued", "duplicate", "refused", "enqueued"]);
    expect(rig.trace()).toEqual(["job.enqueued", "job.enqueued"]);
  });

  test("enqueueMany: result i answers item i, a bad item never stops the others", async () => {
    const rig = createRig({ tasks: [work] });
    const results = await rig.app.enqueueMany([
      [work, { a: 1 }],
      [work, { a: Number.NaN }],
      ["nope", {}],
      ["work", { a: 2 }, { queue: "other" }],
    ]);
    expect(results.map(({ status }) => status)).toEqual(["enqueued", "refused", "refused", "enqueued"]);
    expect(results[1]).toMatchObject({ error: { code: "not_json", path: "params.a" } });
    expect(results[3]).toMatchObject({ queue: "other" });
  });

  test("a broker that does not answer: the enqueue rejects after 5 s, retryable and maybe sent [F25]", async () => {
    const rig = createRig({ tasks: [work] });
    rig.faults.send = () => new Promise(() => {});
    const outcome = rig.app.enqueue(work, { a: 1 }).catch((error: unknown) => error);
    await rig.clock.advance(5_000);
    expect(await outcome).toMatchObject({ code: "broker_unavailable", retryable: true, maybeSent: true });
  });

  test("a broker that cannot be opened was not sent anything [F25]", async () => {
    const rig = createRig({ tasks: [work] });
    rig.faults.open = () => new Promise(() => {});
    const plain = rig.app.enqueue(work, { a: 1 }).catch((error: unknown) => error);
    const delayed = rig.app.enqueue(work, { a: 1 }, { delayMs: 5 }).catch((error: unknown) => error);
    await rig.clock.advance(5_000);
    expect(await plain).toMatchObject({ code: "broker_unavailable", maybeSent: false });
    expect(await delayed).toMatchObject({ code: "broker_unavailable", maybeSent: false });
  });

  test("a broker that comes back is used again: a failed opening is not remembered", async () => {
    const rig = createRig({ tasks: [work] });
    rig.faults.open = () => new BrokerUnavailableError({ broker: "memory" }, "refused");
    await expect(rig.app.enqueue(work, { a: 1 })).rejects.toMatchObject({ code: "broker_unavailable" });
    rig.faults.open = () => undefined;
    await expect(rig.app.enqueue(work, { a: 1 })).resolves.toMatchObject({ status: "enqueued" });
  });

  test("a driver's own error becomes broker_unavailable with its cause", async () => {
    const rig = createRig({ tasks: [work] });
    const cause = new Error("ECONNRESET");
    rig.faults.send = () => cause;
    await expect(rig.app.enqueue(work, { a: 1 })).rejects.toMatchObject({
      code: "broker_unavailable",
      maybeSent: true,
      cause,
    });
  });
});

describe("delays, priorities and sizes", () => {
  test("delayMs and at say the same; the past means now; both together are refused", async () => {
    const rig = createRig({ tasks: [work] });
    const now = rig.clock.now();
    await rig.app.enqueue(work, { a: 1 }, { delayMs: 60_000 });
    await rig.app.enqueue(work, { a: 2 }, { at: new Date(now + 60_000) });
    await rig.app.enqueue(work, { a: 3 }, { at: new Date(now - 60_000) });
    const due = (await stored(rig)).map(({ dueAt }) => dueAt - now).sort((a, b) => a - b);
    expect(due).toEqual([0, 60_000, 60_000]);
    const both = rig.app.enqueue(work, { a: 4 }, { delayMs: 1, at: new Date() });
    await expect(both).rejects.toMatchObject({ code: "invalid_config" });
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e300, "5s", null, {}])(
    "%s is refused as a delay, an expiry, a moment and the delay of a step [F43]",
    async (value) => {
      const rig = createRig({ tasks: [work] });
      for (const options of [{ delayMs: value }, { expiresInMs: value }, { at: value }] as never[])
        await expect(rig.app.enqueue(work, { a: 1 }, options)).rejects.toMatchObject({
          code: "invalid_config",
        });
      expect(() => step(work, { a: 1 }, { delayMs: value as number })).toThrow(/delayMs must be/);
      expect(await stored(rig)).toEqual([]);
    },
  );

  test("at takes a Date that is one, at most 100 years away", async () => {
    const rig = createRig({ tasks: [work] });
    for (const at of [new Date(Number.NaN), new Date(8.64e15), "2027-01-01T00:00Z", 1_800_000_000_000])
      await expect(rig.app.enqueue(work, { a: 1 }, { at: at as Date })).rejects.toMatchObject({
        code: "invalid_config",
      });
    expect(await stored(rig)).toEqual([]);
  });

  test("a longer delay than the broker holds in one step is covered by hops, never early, no attempt spent", async () => {
    const due: number[] = [];
    const plain = defineTask("plain", {});
    const { handle } = await import("../../src/index.ts");
    const rig = createRig({
      tasks: [plain],
      capabilities: { delay: { maxMs: 14 * 86_400_000, nativeMs: 900_000 } },
      handlers: [
        handle(plain, (_, ctx) => {
          due.push(rig.clock.monotonic());
          expect(ctx.attempt).toBe(1);
        }),
      ],
    });
    await rig.app.enqueue(plain, {}, { delayMs: 3_600_000 });
    rig.start();
    await rig.clock.advance(3_599_999);
    expect(due).toEqual([]);
    await rig.clock.advance(1_000);
    expect(due).toHaveLength(1);
    expect(due[0]).toBeGreaterThanOrEqual(3_600_000);
  });

  test("a delay beyond what hops can cover is refused: the broker would have dropped the job by then [F43]", async () => {
    const plain = defineTask("plain", {});
    const delay = { maxMs: 4 * 86_400_000, nativeMs: 900_000 };
    const rig = createRig({ tasks: [plain], capabilities: { delay } });
    await rig.app.enqueue(plain, {}, { delayMs: delay.maxMs });
    const beyond = rig.app.enqueue(plain, {}, { delayMs: delay.maxMs + 1 });
    await expect(beyond).rejects.toMatchObject({ code: "unsupported" });
    expect(await stored(rig, "default")).toHaveLength(1);
  });

  test("what the broker has not declared is refused, never ignored", async () => {
    const plain = defineTask("plain", {});
    const rig = createRig({ tasks: [plain], capabilities: { priority: false, delay: false, groups: false } });
    for (const options of [{ priority: 5 }, { delayMs: 10 }, { groupKey: "g" }]) {
      await expect(rig.app.enqueue(plain, {}, options)).rejects.toMatchObject({ code: "unsupported" });
    }
    expect(await stored(rig, "default")).toHaveLength(0);
  });

  test("a job larger than the queue accepts is refused with bytes and limit", async () => {
    const text = defineTask("text", { text: "string" });
    const rig = createRig({ tasks: [text], capabilities: { maxMessageBytes: 1_000 } });
    await expect(rig.app.enqueue(text, { text: "é".repeat(600) })).rejects.toMatchObject({
      code: "payload_too_large",
      max: 1_000,
    });
  });

  test("an app without a broker says how to get one", async () => {
    const { createApp } = await import("../../src/index.ts");
    const app = createApp({ tasks: [work] });
    await expect(app.enqueue(work, { a: 1 })).rejects.toMatchObject({ code: "invalid_config" });
    await expect(app.enqueueMany([[work, { a: 1 }]])).rejects.toThrow(/no broker/);
  });
});
