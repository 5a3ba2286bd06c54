import { memory } from "@jobs/adapter-memory";
import { describe, expect, it } from "vitest";
import type { Broker, BrokerConsumer, BrokerQueue } from "./broker.ts";
import { validateBroker } from "./broker-validator.ts";
import { CALL_TIMEOUT_MS } from "./call-options.ts";

const signal = new AbortController().signal;

/** Memory with some calls replaced. */
function altered(change: { queue?: Partial<BrokerQueue>; consumer?: Partial<BrokerConsumer> }): Broker {
  const broker = memory();
  return {
    ...broker,
    openQueue: async (name) => ({ ...(await broker.openQueue(name)), ...change.queue }),
    openConsumer: async (name, options) => ({
      ...(await broker.openConsumer(name, options)),
      ...change.consumer,
    }),
  };
}

describe("the checks around every broker", () => {
  it("answers for bad messages by itself and sends the others, each answer in its place", async () => {
    const queue = await validateBroker(memory()).openQueue("q");
    const results = await queue.send([
      { id: "one", label: "t", body: "{}" },
      { id: "not usable!", label: "t", body: "{}" },
      { id: "three", label: "t", body: "{}" },
      { id: "four", label: "t", body: "{}", priority: 10 },
      { id: "one", label: "t", body: "{}" },
    ]);
    expect(results.map(({ status }) => status)).toEqual(["sent", "failed", "sent", "failed", "duplicate"]);
    expect(await queue.stats()).toMatchObject({ ready: { n: 2 } });
  });

  it("sends nothing when every message is bad", async () => {
    let sends = 0;
    const send = async () => {
      sends++;
      return [];
    };
    const queue = await validateBroker(altered({ queue: { send } })).openQueue("q");
    expect(await queue.send([{ id: "", label: "t", body: "{}" }])).toMatchObject([
      { status: "failed", error: { code: "invalid_config" } },
    ]);
    expect(sends).toBe(0);
  });

  it("gives a driver's error a code, its place and its cause", async () => {
    const cause = new Error("ECONNRESET");
    const stats = () => Promise.reject(cause);
    const queue = await validateBroker(altered({ queue: { stats } })).openQueue("mail");
    await expect(queue.stats()).rejects.toMatchObject({
      code: "broker_unavailable",
      retryable: true,
      maybeSent: false,
      queue: "mail",
      cause,
    });
  });

  it("adds settleAndReceive where it is missing; settlements stand even if the receive then fails", async () => {
    const broker = memory();
    const queue = await broker.openQueue("q");
    await queue.send([{ id: "one", label: "t", body: "{}" }]);
    const bare = await broker.openConsumer("q", { leaseMs: 1_000 });
    const [delivery] = await bare.receive({ max: 1, waitMs: 0, signal });
    const { settleAndReceive: _, ...parts } = { ...bare, receive: () => Promise.reject(new Error("gone")) };
    const opened: Broker = { ...broker, openConsumer: async () => parts };
    const consumer = await validateBroker(opened).openConsumer("q", { leaseMs: 1_000 });
    const answer = await consumer.settleAndReceive([{ delivery: delivery!, action: "ack" }], {
      max: 1,
      waitMs: 0,
      signal,
    });
    expect(answer).toEqual({ settled: [{ status: "settled" }], received: [] });
    expect(await queue.stats()).toMatchObject({ ready: { n: 0 }, leased: { n: 0 } });
  });

  it("is put around a broker once; a changed copy is checked again", async () => {
    const broker = memory();
    expect(validateBroker(broker)).toBe(broker);
    const changed = { ...broker };
    expect(validateBroker(changed)).not.toBe(changed);
  });

  it("answers for bad settlements by itself, and settles the others in the same call", async () => {
    const broker = memory({ capabilities: { deadLetter: false, retryDelay: { maxMs: 1_000 } } });
    const queue = await broker.openQueue("q");
    await queue.send(["a", "b", "c", "d"].map((id) => ({ id, label: "t", body: "{}" })));
    const consumer = await validateBroker(broker).openConsumer("q", { leaseMs: 1_000 });
    const [a, b, c, d] = await consumer.receive({ max: 4, waitMs: 0, signal });
    const { settled, received } = await consumer.settleAndReceive(
      [
        { delivery: a!, action: "dead", reason: "fatal" },
        { delivery: b!, action: "release" },
        { delivery: c!, action: "retry", delayMs: 1_001, failed: true },
        { delivery: d!, action: "retry", delayMs: -1, failed: true },
      ],
      { max: 4, waitMs: 0, signal },
    );
    expect(settled).toMatchObject([
      { status: "failed", error: { code: "unsupported", feature: "deadLetter" } },
      { status: "settled" },
      { status: "failed", error: { code: "unsupported", feature: "retryDelay" } },
      { status: "failed", error: { code: "invalid_config" } },
    ]);
    expect(received.map(({ messageId }) => messageId)).toEqual(["b"]);
  });

  it("asks the driver for nothing where nothing is to be sent or settled", async () => {
    const asked: string[] = [];
    const note = (call: string) => async () => {
      asked.push(call);
      return [];
    };
    const broker = validateBroker(
      altered({ queue: { send: note("send") }, consumer: { settle: note("settle") } }),
    );
    expect(await (await broker.openQueue("q")).send([])).toEqual([]);
    expect(await (await broker.openConsumer("q", { leaseMs: 1_000 })).settle([])).toEqual([]);
    expect(asked).toEqual([]);
  });

  it("refuses what a driver without checks of its own would do after a close", async () => {
    let calls = 0;
    const stats = () => Promise.reject(new Error(`call ${++calls}`));
    const broker = validateBroker(altered({ queue: { stats } }));
    const queue = await broker.openQueue("q");
    await broker.close();
    await expect(queue.stats()).rejects.toMatchObject({
      code: "broker_unavailable",
      retryable: false,
      queue: "q",
    });
    await expect(broker.openQueue("other")).rejects.toMatchObject({ retryable: false });
    expect(calls).toBe(0);
  });

  it("closes a consumer whose lease turns out to be longer than its queue grants", async () => {
    let isClosed = false;
    const close = async () => {
      isClosed = true;
    };
    const { capabilities } = await memory({
      capabilities: { lease: { maxMs: 10, maxTotalMs: null } },
    }).openQueue("q");
    const broker = validateBroker(altered({ consumer: { capabilities, close } }));
    await expect(broker.openConsumer("q", { leaseMs: 11 })).rejects.toMatchObject({ feature: "lease" });
    expect(isClosed).toBe(true);
  });

  it("gives the driver the usual time for a call, where nothing else is said", async () => {
    const limits: unknown[] = [];
    const send: BrokerQueue["send"] = async (messages, options) => {
      limits.push(options?.timeoutMs);
      return messages.map(({ id }) => ({ status: "sent", messageId: id }));
    };
    const receive: BrokerConsumer["receive"] = async ({ timeoutMs }) => {
      limits.push(timeoutMs);
      return [];
    };
    const broker = validateBroker(altered({ queue: { send }, consumer: { receive } }));
    const queue = await broker.openQueue("q");
    const consumer = await broker.openConsumer("q", { leaseMs: 1_000 });
    const one = [{ id: "one", label: "t", body: "{}" }];
    await queue.send(one);
    await queue.send(one, { timeoutMs: 70 });
    await consumer.receive({ max: 1, waitMs: 0, signal });
    await consumer.receive({ max: 1, waitMs: 0, signal, timeoutMs: 80 });
    expect(limits).toEqual([CALL_TIMEOUT_MS, 70, CALL_TIMEOUT_MS, 80]);
  });
});
