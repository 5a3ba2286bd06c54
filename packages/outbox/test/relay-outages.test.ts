import { existsSync } from "node:fs";
import { join } from "node:path";
import { memory } from "@jobs/adapter-memory";
import { sqlite } from "@jobs/adapter-sqlite";
import { BrokerUnavailableError } from "@jobs/core";
import type { Broker, BrokerConsumer } from "@jobs/core/broker";
import { describe, expect, it } from "vitest";
import { createRelay, type RelayEvent } from "../src/index.ts";
import { message, recording, storeWith, unavailable, waitingMessage } from "./relay-brokers.ts";
import { temporaryFolder } from "./shop.ts";

/** A store whose consumer can be changed. */
function withConsumer(store: Broker, change: (consumer: BrokerConsumer) => Partial<BrokerConsumer>): Broker {
  return {
    ...store,
    async openConsumer(name, options) {
      const consumer = await store.openConsumer(name, options);
      return { ...consumer, ...change(consumer) };
    },
  };
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`);

describe("a relay", () => {
  it("refuses a store that does not exist, and makes none", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "missing.db");
    const from = sqlite({ file });
    const relay = createRelay({ from, to: memory(), untilEmpty: true });
    await expect(relay.run()).rejects.toMatchObject({ code: "broker_unavailable", retryable: false });
    await from.close();
    expect(existsSync(file)).toBe(false);
  });

  it("goes on after an outage of its store, at any step", async () => {
    const from = await storeWith(ids(3).map((id) => message(id)));
    const calls: string[] = [];
    const failOnce = (step: string) => {
      calls.push(step);
      if (calls.filter((call) => call === step).length === 1) throw unavailable();
    };
    const store: Broker = withConsumer(
      {
        ...from,
        coordination: {
          ...(from.coordination as NonNullable<Broker["coordination"]>),
          claim: async (mark, ttlMs) => {
            failOnce("claim");
            return from.coordination?.claim(mark, ttlMs) ?? "";
          },
        },
        async openConsumer(name, options) {
          failOnce("open");
          return from.openConsumer(name, options);
        },
      },
      (consumer) => ({
        receive: async (options) => {
          failOnce("receive");
          return consumer.receive(options);
        },
        settleAndReceive: async (settlements, options) => {
          failOnce("settle");
          return {
            settled: await consumer.settle(settlements),
            received: await consumer.receive(options),
          };
        },
      }),
    );
    const events: RelayEvent[] = [];
    const { broker, sends } = recording(memory());
    const relay = createRelay({
      from: store,
      to: broker,
      untilEmpty: true,
      onEvent: (event) => events.push(event),
    });
    expect(await relay.run()).toEqual({ sent: 3, refused: 0 });
    expect(sends).toEqual([ids(3)]);
    const waits = events.filter(({ type }) => type === "waits");
    expect(waits).toHaveLength(4);
    expect(waits).toMatchObject(waits.map(() => ({ for: "store" })));
  });

  it("ends for an error of its store that does not pass", async () => {
    const denied = new BrokerUnavailableError({ broker: "memory" }, "it is closed.", { retryable: false });
    const from: Broker = {
      ...memory(),
      openConsumer: async () => {
        throw denied;
      },
    };
    await expect(createRelay({ from, to: memory() }).run()).rejects.toBe(denied);
  });

  it("fetches the next batch while one is sent, and keeps the order when one cannot be sent", async () => {
    const from = await storeWith(ids(2_500).map((id) => message(id)));
    let isAway = false;
    const { broker, sends } = recording(memory(), (sent) => {
      if (!sent.includes("m1100") || isAway) return undefined;
      isAway = true;
      return unavailable();
    });
    expect(await createRelay({ from, to: broker, untilEmpty: true }).run()).toEqual({
      sent: 2_500,
      refused: 0,
    });
    const failed = sends.findIndex((sent) => sent.includes("m1100"));
    const again = sends.findIndex((sent, index) => index > failed && sent[0] === sends[failed]?.[0]);
    expect(again).toBe(failed + 1);
    expect(sends.toSpliced(failed, 1).flat()).toEqual(ids(2_500));
  });

  it("sends nothing of the next batch before what it could not send in time", async () => {
    const from = await storeWith(ids(1_500).map((id) => message(id)));
    let receives = 0;
    const endingSoon = withConsumer(from, (consumer) => ({
      async receive(options) {
        const deliveries = await consumer.receive(options);
        // The leases of the first batch are over, and those of the next one are not.
        return receives++ > 0 ? deliveries : deliveries.map((one) => ({ ...one, leaseUntil: 0 }));
      },
    }));
    const { broker, sends } = recording(memory());
    const relay = createRelay({ from: endingSoon, to: broker, untilEmpty: true });
    expect(await relay.run()).toEqual({ sent: 1_500, refused: 0 });
    expect(sends.flat()).toEqual(ids(1_500));
  });

  it("begins no send at the end of a lease", async () => {
    const from = await storeWith(ids(2).map((id) => message(id, { groupKey: "a" })));
    let receives = 0;
    const nearlyOver = withConsumer(from, (consumer) => ({
      async receive(options) {
        const deliveries = await consumer.receive(options);
        receives++;
        return receives > 1 ? deliveries : deliveries.map((one) => ({ ...one, leaseUntil: 0 }));
      },
    }));
    const { broker, sends } = recording(memory({ capabilities: { groups: "fair" } }));
    const relay = createRelay({ from: nearlyOver, to: broker, untilEmpty: true });
    expect(await relay.run()).toEqual({ sent: 2, refused: 0 });
    expect(sends).toEqual([["m0"], ["m1"]]);
  });

  it("counts what waits, and says in which state it is", async () => {
    const from = await storeWith(ids(2).map((id) => message(id)));
    let isAway = true;
    const { broker } = recording(memory(), () => (isAway ? unavailable() : undefined));
    const events: RelayEvent[] = [];
    const relay = createRelay({ from, to: broker, onEvent: (event) => events.push(event) });
    expect(await relay.stats()).toMatchObject({ state: "starting", waiting: 2, sent: 0, sentPerSecond: 0 });
    const running = relay.run();
    await expect.poll(() => events).toContainEqual(expect.objectContaining({ type: "waits", for: "broker" }));
    expect(await relay.stats()).toMatchObject({ state: "waiting", waiting: 2, dead: 0 });
    expect((await relay.stats()).oldestMs).toBeGreaterThanOrEqual(0);
    isAway = false;
    await expect.poll(() => relay.state).toBe("active");
    await expect.poll(async () => (await relay.stats()).waiting).toBe(0);
    expect(await relay.stats()).toMatchObject({ sent: 2, refused: 0, oldestMs: null });
    expect((await relay.stats()).sentPerSecond).toBeGreaterThan(0);
    relay.stop();
    await running;
    expect(relay.state).toBe("stopped");
  });
});

describe("several relays", () => {
  it("one that follows a killed one waits for what that had in hand, to keep the order", async () => {
    using folder = temporaryFolder();
    const from = sqlite({ file: join(folder.path, "shop.db") });
    await (await from.openQueue("outbox")).send(ids(4).map((id) => waitingMessage(message(id))));
    const killed = await from.openConsumer("outbox", { leaseMs: 400 });
    const now = { max: 2, waitMs: 0, signal: new AbortController().signal };
    expect(await killed.receive(now)).toHaveLength(2);
    const { broker, sends } = recording(memory());
    const relay = createRelay({ from, to: broker, untilEmpty: true, takeoverMs: 9_000 });
    expect(await relay.run()).toEqual({ sent: 4, refused: 0 });
    expect(sends.flat()).toEqual(ids(4));
    await from.close();
  });

  it("one that stands by ends when nothing waits any more", async () => {
    const from = await storeWith([message("1")]);
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { broker } = recording(memory());
    const slow: Broker = {
      ...broker,
      async openQueue(name) {
        await opened;
        return broker.openQueue(name);
      },
    };
    const events: string[] = [];
    const note = (name: string) => (event: RelayEvent) => events.push(`${name} ${event.type}`);
    const first = createRelay({ from, to: slow, onEvent: note("first") });
    const running = first.run();
    await expect.poll(() => first.state).toBe("active");
    const second = createRelay({
      from,
      to: broker,
      untilEmpty: true,
      takeoverMs: 900,
      onEvent: note("second"),
    });
    const ended = second.run();
    await expect.poll(() => second.state).toBe("standby");
    open();
    expect(await ended).toEqual({ sent: 0, refused: 0 });
    expect(events).toEqual(["second stands_by", "first moved"]);
    first.stop();
    await running;
  });

  it("one that has lost its claim stands by, and takes over again", async () => {
    const from = await storeWith([]);
    const events: string[] = [];
    const relay = createRelay({
      from,
      to: memory(),
      takeoverMs: 900,
      onEvent: ({ type }) => events.push(type),
    });
    const running = relay.run();
    await expect.poll(() => relay.state).toBe("active");
    const claim = { set: "relays", name: "outbox", value: "another" };
    await from.coordination?.put(claim, 60_000);
    await expect.poll(() => relay.state).toBe("standby");
    await (await from.openQueue("outbox")).send([waitingMessage(message("1"))]);
    await from.coordination?.remove(claim.set, claim.name);
    await expect.poll(() => events, { timeout: 10_000 }).toEqual(["stands_by", "takes_over", "moved"]);
    relay.stop();
    expect(await running).toEqual({ sent: 1, refused: 0 });
  });
});
