import { memory } from "@jobs/adapter-memory";
import { describe, expect, it } from "vitest";
import { createRelay, type RelayEvent } from "../src/index.ts";
import { message, recording, storeWith, unavailable, waitingMessage } from "./relay-brokers.ts";

describe("createRelay", () => {
  it("sends one message of a group at a time, so that a failure cannot change their order", async () => {
    const grouped = (id: string, groupKey: string) => message(id, { groupKey });
    const from = await storeWith([grouped("a1", "a"), grouped("a2", "a"), grouped("b1", "b"), message("c")]);
    const { broker, sends } = recording(memory({ capabilities: { groups: "fair" } }));
    expect(await createRelay({ from, to: broker, untilEmpty: true }).run()).toEqual({ sent: 4, refused: 0 });
    expect(sends).toEqual([["a1", "b1", "c"], ["a2"]]);
  });

  it("keeps the order while the broker is away, and tells it", async () => {
    const from = await storeWith([message("1"), message("2"), message("3")]);
    let failures = 2;
    const { broker, sends } = recording(memory(), () => (failures-- > 0 ? unavailable() : undefined));
    const events: RelayEvent[] = [];
    const relay = createRelay({ from, to: broker, untilEmpty: true, onEvent: (event) => events.push(event) });
    expect(await relay.run()).toEqual({ sent: 3, refused: 0 });
    expect(sends).toEqual([
      ["1", "2", "3"],
      ["1", "2", "3"],
      ["1", "2", "3"],
    ]);
    expect(events).toMatchObject([
      { type: "waits", error: { code: "broker_unavailable" }, retryMs: 100 },
      { type: "waits", retryMs: 200 },
      { type: "moved", sent: 3, refused: 0 },
    ]);
  });

  it.each(["throws", "rejects"])("goes on where its listener %s", async (how) => {
    const from = await storeWith([message("1"), message("2")]);
    let failures = 1;
    const { broker, sends } = recording(memory(), () => (failures-- > 0 ? unavailable() : undefined));
    const onEvent = () => {
      const fault = new Error("a listener's own fault");
      if (how === "throws") throw fault;
      return Promise.reject(fault);
    };
    const relay = createRelay({ from, to: broker, untilEmpty: true, onEvent: onEvent as () => void });
    expect(await relay.run()).toEqual({ sent: 2, refused: 0 });
    expect(sends).toHaveLength(2);
  });

  it("makes a dead letter of what the broker will never take, and goes on", async () => {
    const from = await storeWith([message("1"), message("large", { body: "x".repeat(300) }), message("2")]);
    const to = memory({ capabilities: { maxMessageBytes: 200 } });
    expect(await createRelay({ from, to, untilEmpty: true }).run()).toEqual({ sent: 2, refused: 1 });
    const store = await from.openQueue("outbox");
    const [dead] = (await store.peek({ state: "dead", limit: 10 })).messages;
    expect(dead).toMatchObject({ dead: { reason: "fatal", error: { code: "payload_too_large" } } });
    expect((await (await to.openQueue("mails")).stats()).ready.n).toBe(2);
  });

  it("works alone: a second relay takes over when the first ends", async () => {
    const from = await storeWith([message("1")]);
    const to = memory();
    const events: string[] = [];
    const note = (name: string) => (event: RelayEvent) => events.push(`${name} ${event.type}`);
    const first = createRelay({ from, to, takeoverMs: 900, onEvent: note("first") });
    const running = first.run();
    await expect.poll(() => events).toEqual(["first moved"]);
    const second = createRelay({ from, to, takeoverMs: 900, onEvent: note("second") });
    const standing = second.run();
    await expect.poll(() => events).toEqual(["first moved", "second stands_by"]);
    first.stop();
    expect(await running).toEqual({ sent: 1, refused: 0 });
    const queue = await from.openQueue("outbox");
    await queue.send([waitingMessage(message("2"))]);
    await expect.poll(() => events, { timeout: 10_000 }).toContain("second moved");
    second.stop();
    expect(await standing).toEqual({ sent: 1, refused: 0 });
  });
});
