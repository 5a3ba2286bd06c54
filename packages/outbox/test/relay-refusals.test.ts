import { memory } from "@jobs/adapter-memory";
import { ConfigError } from "@jobs/core";
import { type Broker, type SendResult, UnsupportedError } from "@jobs/core/broker";
import { describe, expect, it } from "vitest";
import { createRelay, type RelayEvent } from "../src/index.ts";
import { message, recording, storeWith, waitingMessage, withQueues } from "./relay-brokers.ts";

const ids = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`);

/** What a broker says while its settings or its server are wrong. It passes, such as a failover of Sentinels. */
const mistaken = () => new ConfigError("redis: 127.0.0.1:26379 is not known to the Sentinels (NOPRIMARY).");

/** Moves 50 jobs to a broker, and returns what became of them. */
async function moveAll(to: Broker) {
  const from = await storeWith(ids(50).map((id) => message(id)));
  const events: RelayEvent[] = [];
  const relay = createRelay({ from, to, untilEmpty: true, onEvent: (event) => events.push(event) });
  const report = await relay.run();
  const { dead } = await relay.stats();
  return { report, dead, waits: events.filter(({ type }) => type === "waits") };
}

describe("a relay whose broker refuses", () => {
  it("waits while the queue cannot be opened because of a wrong setting", async () => {
    const target = memory();
    let faults = 2;
    const to: Broker = {
      ...target,
      async openQueue(name) {
        if (faults-- > 0) throw mistaken();
        return target.openQueue(name);
      },
    };
    const { report, dead, waits } = await moveAll(to);
    expect(report).toEqual({ sent: 50, refused: 0 });
    expect(dead).toBe(0);
    expect(waits).toMatchObject([1, 2].map(() => ({ for: "broker", error: { code: "invalid_config" } })));
  });

  it.each([
    ["a wrong setting", mistaken],
    [
      "what its settings exclude now",
      () => new UnsupportedError({ broker: "memory" }, "order", "has no order"),
    ],
  ])("waits while a whole send is refused because of %s", async (_, error) => {
    let faults = 2;
    const { broker } = recording(memory(), () => (faults-- > 0 ? error() : undefined));
    const { report, dead } = await moveAll(broker);
    expect(report).toEqual({ sent: 50, refused: 0 });
    expect(dead).toBe(0);
  });

  it("waits while a part of a send is refused because of a wrong setting", async () => {
    let faults = 2;
    const to = withQueues(memory(), (queue) => ({
      ...queue,
      async send(messages) {
        const [first, ...others] = messages;
        if (first === undefined || faults-- <= 0) return queue.send(messages);
        const failed = others.map((): SendResult => ({ status: "failed", error: mistaken() }));
        return [...(await queue.send([first])), ...failed];
      },
    }));
    const { report, dead } = await moveAll(to);
    expect(report).toEqual({ sent: 50, refused: 0 });
    expect(dead).toBe(0);
  });

  it("makes a dead letter of a message that no program of ours has stored", async () => {
    const from = await storeWith([message("1")]);
    await (await from.openQueue("outbox")).send([
      waitingMessage(message("not an id")),
      waitingMessage(message("priority", { priority: 0.5 })),
    ]);
    const relay = createRelay({ from, to: memory(), untilEmpty: true });
    expect(await relay.run()).toEqual({ sent: 1, refused: 2 });
  });
});
