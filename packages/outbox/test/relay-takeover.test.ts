import { join } from "node:path";
import { memory } from "@jobs/adapter-memory";
import { postgres } from "@jobs/adapter-postgres";
import { createTables, sqlite } from "@jobs/adapter-sqlite";
import type { Broker, BrokerConsumer } from "@jobs/core/broker";
import { hasPostgres, startPostgresServer } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { createRelay } from "../src/index.ts";
import { hasRelay } from "../src/relay-claim.ts";
import { message, recording, unavailable, waitingMessage } from "./relay-brokers.ts";
import { temporaryFolder } from "./shop.ts";

/** The claim of the first relay ends after this time without a sign of life, in ms. */
const TAKEOVER_MS = 900;

/** A store that two relays open. */
interface Store extends AsyncDisposable {
  open(): Broker;
}

const STORES = {
  async sqlite(): Promise<Store> {
    const folder = temporaryFolder();
    const file = join(folder.path, "shop.db");
    await createTables({ file });
    const open = () => sqlite({ file });
    return { open, [Symbol.asyncDispose]: async () => folder[Symbol.dispose]() };
  },
  async postgres(): Promise<Store> {
    const server = await startPostgresServer();
    const open = () => postgres({ url: server.url, schema: `takeover_${process.pid}` });
    return { open, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
};

const hasServer = await hasPostgres();
const known = (["sqlite", "postgres"] as const).filter((name) => name === "sqlite" || hasServer);

/** A store whose consumer receives by what `receive` makes of its own receive. */
function receivingBy(
  store: Broker,
  receive: (inner: BrokerConsumer["receive"]) => BrokerConsumer["receive"],
): Broker {
  return {
    ...store,
    async openConsumer(name, options) {
      const consumer = await store.openConsumer(name, options);
      const receiveBy = receive((asked) => consumer.receive(asked));
      return { ...consumer, receive: receiveBy };
    },
  };
}

/** A point of a test that waits until another one is reached. */
function openGate(): { readonly passed: Promise<void>; open(): void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

/** Waits until the claim of a silent relay has ended. */
const untilSilent = (store: Broker) =>
  expect.poll(() => hasRelay(store, "outbox"), { timeout: 20_000 }).toBe(false);

describe.each(known)("a relay that takes over, with a store on %s", (name) => {
  it("keeps the order of jobs that could not be sent, some of which a killed relay had in hand", async () => {
    await using store = await STORES[name]();
    const [first, second] = [store.open(), store.open()];
    const ids = Array.from({ length: 1_500 }, (_, index) => `${index}`);
    await (await first.openQueue("outbox")).send(ids.map((id) => waitingMessage(message(id))));
    const killed = openGate();
    const end = openGate();
    let isRefused = false;
    const from = receivingBy(first, (receive) => async (asked) => {
      const isSecond = isRefused;
      const received = await receive(asked);
      if (!isSecond || received.length === 0) return received;
      killed.open();
      await end.passed;
      return [];
    });
    const away = recording(memory(), () => {
      isRefused = true;
      return unavailable();
    });
    const relay = createRelay({ from, to: away.broker, takeoverMs: TAKEOVER_MS });
    const running = relay.run();
    await killed.passed;
    await untilSilent(second);
    const { broker, sends } = recording(memory());
    expect(await createRelay({ from: second, to: broker, untilEmpty: true }).run()).toMatchObject({
      refused: 0,
    });
    expect(sends.flat()).toEqual(ids);
    relay.stop();
    end.open();
    await running;
    await Promise.all([first.close(), second.close()]);
  });

  it("is not overtaken by one that was frozen before a receive", async () => {
    await using store = await STORES[name]();
    const [first, second] = [store.open(), store.open()];
    const queue = await second.openQueue("outbox");
    const frozen = openGate();
    const woken = openGate();
    const taken = openGate();
    const from = receivingBy(first, (receive) => async (asked) => {
      frozen.open();
      await woken.passed;
      const received = await receive(asked);
      if (received.length > 0) taken.open();
      return received;
    });
    const target = memory();
    const late = recording(target);
    const relay = createRelay({ from, to: late.broker, takeoverMs: TAKEOVER_MS });
    const running = relay.run();
    await frozen.passed;
    await untilSilent(second);
    const sending = openGate();
    const answered = openGate();
    const sent: string[] = [];
    const to: Broker = {
      ...target,
      async openQueue(of) {
        const mails = await target.openQueue(of);
        return {
          ...mails,
          async send(messages, options) {
            sending.open();
            await answered.passed;
            sent.push(...messages.map(({ id }) => id));
            return mails.send(messages, options);
          },
        };
      },
    };
    await queue.send([waitingMessage(message("1"))]);
    const successor = createRelay({ from: second, to, takeoverMs: 60_000 });
    const succeeding = successor.run();
    await sending.passed;
    await queue.send([waitingMessage(message("2"))]);
    woken.open();
    await taken.passed;
    await expect.poll(() => relay.state, { timeout: 20_000 }).toBe("standby");
    expect(late.sends).toEqual([]);
    answered.open();
    await expect.poll(() => sent, { timeout: 20_000 }).toEqual(["1", "2"]);
    relay.stop();
    successor.stop();
    await Promise.all([running, succeeding]);
    await Promise.all([first.close(), second.close()]);
  });
});
