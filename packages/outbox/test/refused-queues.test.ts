import { join } from "node:path";
import { memory } from "@jobs/adapter-memory";
import { postgres } from "@jobs/adapter-postgres";
import { sqlite } from "@jobs/adapter-sqlite";
import { AccessDeniedError, type Broker, type OutgoingMessage } from "@jobs/core/broker";
import { hasPostgres, startPostgresServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRelay, type RelayEvent } from "../src/index.ts";
import { spool } from "../src/spooled-message.ts";
import { message } from "./relay-brokers.ts";
import { moment, temporaryFolder } from "./shop.ts";

/** More than a store makes ready at once. */
const MANY = 1_700;

const ids = (queue: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `${queue}-${from + index}`);

async function store(into: Broker, queue: string, names: readonly string[]): Promise<void> {
  const waiting = names.map(
    (id): OutgoingMessage => spool({ queue, message: message(id, { groupKey: "a" }) }, `w-${id}`, 0),
  );
  await (await into.openQueue("outbox")).send(waiting);
}

/** A broker that refuses the queue `closed` until it is opened, and notes what each queue gets. */
function withClosedQueue() {
  const target = memory({ capabilities: { groups: "fair" } });
  const taken = { closed: [] as string[], good: [] as string[] };
  const gate = { isOpen: false };
  const broker: Broker = {
    ...target,
    async openQueue(name) {
      const queue = await target.openQueue(name);
      return {
        ...queue,
        async send(messages) {
          if (name === "closed" && !gate.isOpen)
            throw new AccessDeniedError({ broker: "memory", queue: name }, "it is not yours.");
          taken[name as keyof typeof taken].push(...messages.map(({ id }) => id));
          return queue.send(messages);
        },
      };
    },
  };
  return { broker, taken, gate };
}

interface Stores extends AsyncDisposable {
  open(name: string): Broker;
}

/** Stores of each kind that this machine has. */
const STORES: readonly (readonly [string, boolean, () => Promise<Stores>])[] = [
  ["memory", true, async () => ({ open: () => memory(), [Symbol.asyncDispose]: async () => {} })],
  ["sqlite", true, openFiles],
  ["postgres", await hasPostgres(), openSchemas],
];

async function openFiles(): Promise<Stores> {
  const folder = temporaryFolder();
  return {
    open: (name) => sqlite({ file: join(folder.path, `${name}.db`) }),
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  };
}

async function openSchemas(): Promise<Stores> {
  const server = await startPostgresServer();
  return {
    open: (name) => postgres({ url: server.url, schema: `refused_${name}_${process.pid}` }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

describe.each(STORES.filter(([, isHere]) => isHere))(
  "a relay from %s with a refused queue",
  (kind, _, start) => {
    let stores: Stores;
    beforeAll(async () => {
      stores = await start();
    });
    afterAll(() => stores[Symbol.asyncDispose]());

    it("sends the jobs of other queues, and later those of that queue in their order", async () => {
      const from = stores.open("later");
      await store(from, "closed", ids("closed", 0, MANY));
      await store(from, "good", ["good-0"]);
      const { broker, taken, gate } = withClosedQueue();
      const events: RelayEvent[] = [];
      const sent = moment();
      const onEvent = (event: RelayEvent) => {
        events.push(event);
        if (event.type === "moved") sent.reach();
      };
      const relay = createRelay({ from, to: broker, untilEmpty: true, onEvent });
      const running = relay.run();
      await sent.reached;
      expect(taken).toEqual({ closed: [], good: ["good-0"] });
      expect(relay.state).toBe("waiting");
      await store(from, "closed", ids("closed", MANY, MANY + 10));
      await store(from, "good", ["good-1"]);
      await expect.poll(() => taken.good).toEqual(["good-0", "good-1"]);
      gate.isOpen = true;
      expect(await running).toEqual({ sent: MANY + 12, refused: 0 });
      expect(taken.closed).toEqual(ids("closed", 0, MANY + 10));
      expect(events[0]).toMatchObject({ type: "waits", for: "broker", error: { code: "access_denied" } });
      await from.close();
    });

    it("hands all of them back when it is stopped, and another one keeps their order", async () => {
      const from = stores.open("stopped");
      await store(from, "closed", ids("closed", 0, MANY));
      await store(from, "good", ["good-0"]);
      const { broker, taken, gate } = withClosedQueue();
      const first = createRelay({ from, to: broker });
      const running = first.run();
      await expect.poll(() => taken.good).toEqual(["good-0"]);
      first.stop();
      await running;
      gate.isOpen = true;
      await createRelay({ from, to: broker, untilEmpty: true }).run();
      expect(taken.closed).toEqual(ids("closed", 0, MANY));
      await from.close();
    });

    it.skipIf(kind === "memory")("keeps the order of jobs that a killed one had in hand", async () => {
      const from = stores.open("killed");
      await store(from, "good", ids("good", 0, MANY));
      const killed = await from.openConsumer("outbox", { leaseMs: 3_000, isOrdered: true });
      const now = { max: 400, waitMs: 0, signal: new AbortController().signal };
      const parts = [await killed.receive(now), await killed.receive(now), await killed.receive(now)];
      // The lease of the first part ends last.
      await killed.extend(parts[0] ?? [], 4_000);
      const { broker, taken } = withClosedQueue();
      await createRelay({ from, to: broker, untilEmpty: true, takeoverMs: 9_000 }).run();
      expect(taken.good).toEqual(ids("good", 0, MANY));
      await killed.close();
      await from.close();
    });
  },
);
