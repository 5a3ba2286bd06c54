import { memory } from "@jobs/adapter-memory";
import { postgres } from "@jobs/adapter-postgres";
import { createApp, defineTask } from "@jobs/core";
import type { Broker } from "@jobs/core/broker";
import { hasPostgres, type PostgresServer, startPostgresServer } from "@jobs/test-servers";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createOutbox, createRelay } from "../src/index.ts";
import { recording, withQueues } from "./relay-brokers.ts";

const mail = defineTask("mail", { order: "integer" }, { queue: "mails" });

/** A broker that keeps the order of groups. */
function orderedBroker(): Broker {
  const fair = memory({ capabilities: { groups: "fair" } });
  return withQueues(fair, (queue) => ({
    ...queue,
    capabilities: { ...queue.capabilities, groups: "ordered" },
  }));
}

describe.runIf(await hasPostgres())("the order of an outbox in Postgres", () => {
  const schema = `order_${process.pid}`;
  const clients: Client[] = [];
  let server: PostgresServer;
  let from: Broker;
  let worlds = 0;

  async function connect(): Promise<Client> {
    const client = new Client({ connectionString: server.url });
    clients.push(client);
    await client.connect();
    return client;
  }

  beforeAll(async () => {
    server = await startPostgresServer();
    from = postgres({ url: server.url, schema });
    await from.openQueue("outbox");
  });

  afterAll(async () => {
    await from.close();
    await clients[0]?.query(`DROP SCHEMA ${schema} CASCADE`);
    for (const client of clients) await client.end();
    await server[Symbol.asyncDispose]();
  });

  /** An outbox in a queue of its own, and the ids that its relay has sent. */
  function openWorld() {
    const queue = `outbox-${worlds++}`;
    const store = postgres({ url: server.url, schema });
    const app = createApp({ broker: createOutbox({ broker: orderedBroker(), store, queue }), tasks: [mail] });
    const { broker: to, sends } = recording(orderedBroker());
    const enqueue = (transaction: Client, id: string, groupKey?: string) =>
      app.enqueue(mail, { order: 1 }, { transaction, id, ...(groupKey === undefined ? {} : { groupKey }) });
    return {
      enqueue,
      sent: () => sends.flat(),
      async begin(client: Client, id: string, groupKey?: string) {
        await client.query("BEGIN");
        await enqueue(client, id, groupKey);
      },
      relay: (untilEmpty: boolean) => createRelay({ from, to, queue, untilEmpty }),
      [Symbol.asyncDispose]: () => app.close(),
    };
  }

  it("has no job of a transaction that ended before the outbox was open, though the next one commits", async () => {
    await using world = openWorld();
    const client = await connect();
    await client.query("BEGIN");
    const refused = expect(world.enqueue(client, "late")).rejects.toMatchObject({ code: "invalid_config" });
    const rolledBack = client.query("ROLLBACK");
    const begun = client.query("BEGIN");
    await Promise.all([refused, rolledBack, begun]);
    await world.enqueue(client, "next");
    await client.query("COMMIT");
    await world.relay(true).run();
    expect(world.sent()).toEqual(["next"]);
  });

  it("is that of the commits while a relay is at work: one that commits last is sent last, and not lost", async () => {
    await using world = openWorld();
    const [slow, quick] = [await connect(), await connect()];
    const relay = world.relay(false);
    const running = relay.run();
    await world.begin(slow, "first-number");
    await world.begin(quick, "second-number");
    await quick.query("COMMIT");
    await expect.poll(world.sent).toEqual(["second-number"]);
    await world.begin(quick, "rolled-back");
    await quick.query("ROLLBACK");
    await world.begin(quick, "third-number");
    await quick.query("COMMIT");
    await expect.poll(world.sent).toEqual(["second-number", "third-number"]);
    await slow.query("COMMIT");
    await expect.poll(world.sent).toEqual(["second-number", "third-number", "first-number"]);
    relay.stop();
    await running;
  });

  it("puts what is enqueued after a commit behind it, also where the relay has passed its number", async () => {
    await using world = openWorld();
    const [slow, quick] = [await connect(), await connect()];
    await world.begin(slow, "slow");
    await world.begin(quick, "passed");
    await quick.query("COMMIT");
    await world.relay(true).run();
    await slow.query("COMMIT");
    await world.begin(quick, "after");
    await quick.query("COMMIT");
    await world.relay(true).run();
    expect(world.sent()).toEqual(["passed", "slow", "after"]);
  });

  it("is that of the commits within a group: a second transaction waits for the first", async () => {
    await using world = openWorld();
    const [first, second, other] = [await connect(), await connect(), await connect()];
    await world.begin(first, "first", "customer");
    await second.query("BEGIN");
    const waiting = world.enqueue(second, "second", "customer");
    await expect
      .poll(async () => {
        const { rows } = await other.query(
          "SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
        );
        return rows[0].n;
      })
      .toBe(1);
    await world.begin(other, "other", "another");
    await other.query("COMMIT");
    await world.enqueue(first, "first-too", "customer");
    await first.query("COMMIT");
    await waiting;
    await second.query("COMMIT");
    await world.relay(true).run();
    expect(world.sent().filter((id) => id !== "other")).toEqual(["first", "first-too", "second"]);
    expect(world.sent()).toContain("other");
  });
});
