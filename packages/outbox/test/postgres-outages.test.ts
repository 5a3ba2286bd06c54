import { memory } from "@jobs/adapter-memory";
import { postgres } from "@jobs/adapter-postgres";
import { BlackHole, hasPostgres, startPostgresServer } from "@jobs/test-servers";
import { expect, it } from "vitest";
import { createRelay, type RelayEvent } from "../src/index.ts";
import { message, recording, waitingMessage } from "./relay-brokers.ts";

it.runIf(await hasPostgres({ isOwn: true }))(
  "a relay goes on when its connections to Postgres are cut, and when Postgres crashes",
  { timeout: 100_000 },
  async () => {
    await using server = await startPostgresServer({ settings: { max_connections: "20" } });
    await using hole = await BlackHole.open(server.port);
    const direct = postgres({ url: server.url });
    const through = new URL(server.url);
    through.port = String(hole.port);
    const from = postgres({ url: through.href });
    const target = memory();
    const { broker, sends } = recording(target);
    const events: RelayEvent[] = [];
    const relay = createRelay({ from, to: broker, onEvent: (event) => events.push(event) });
    const running = relay.run();
    let stored = 0;
    const store = async () => {
      const ids = Array.from({ length: 500 }, () => `m${stored++}`);
      await (await direct.openQueue("outbox")).send(ids.map((id) => waitingMessage(message(id))));
    };
    const allSent = async () =>
      expect.poll(() => new Set(sends.flat()).size, { timeout: 50_000 }).toBe(stored);
    await store();
    await allSent();
    hole.cut();
    await store();
    hole.cut();
    await allSent();
    await server.kill();
    await expect
      .poll(() => events, { timeout: 50_000 })
      .toContainEqual(expect.objectContaining({ for: "store" }));
    await server.start();
    await store();
    await allSent();
    relay.stop();
    expect(await running).toMatchObject({ refused: 0 });
    expect((await (await target.openQueue("mails")).stats()).entered.n).toBe(stored);
    await from.close();
    await direct.close();
  },
);
