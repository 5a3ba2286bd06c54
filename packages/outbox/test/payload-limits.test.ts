import { join } from "node:path";
import { memory } from "@jobs/adapter-memory";
import { sqlite } from "@jobs/adapter-sqlite";
import type { BrokerQueue } from "@jobs/core/broker";
import { describe, expect, it } from "vitest";
import { createOutbox, failover } from "../src/index.ts";
import { message, recording, unavailable } from "./relay-brokers.ts";
import { openShop, temporaryFolder } from "./shop.ts";

/** The largest body that the queue takes, with a head that is as long as heads are. */
function largest({ capabilities }: BrokerQueue) {
  const id = "i".repeat(128);
  return message(id, { label: "t".repeat(80), body: "x".repeat(capabilities.maxMessageBytes) });
}

const tooLarge = [{ status: "failed", error: { code: "payload_too_large" } }];

describe("the largest job", () => {
  it("is the same with a transaction and without one", async () => {
    using shop = await openShop();
    const outbox = createOutbox({ broker: memory(), store: sqlite({ file: shop.file }) });
    expect(outbox.limits?.maxMessageBytes).toBeLessThan(memory().limits?.maxMessageBytes ?? 0);
    const queue = await outbox.openQueue("q".repeat(80));
    const job = largest(queue);
    const larger = { ...job, id: "larger", body: `${job.body}x` };
    shop.begin();
    const { connection: transaction } = shop;
    expect(await queue.send([job], { transaction })).toMatchObject([{ status: "sent" }]);
    expect(await queue.send([larger], { transaction })).toMatchObject(tooLarge);
    shop.commit();
    expect(await queue.send([job])).toMatchObject([{ status: "sent" }]);
    expect(await queue.send([larger])).toMatchObject(tooLarge);
    await outbox.close();
  });

  it("is the same while the broker is away and while it answers", async () => {
    using folder = temporaryFolder();
    let isAway = false;
    const { broker } = recording(memory(), () => (isAway ? unavailable() : undefined));
    const withSpool = failover(broker, { spool: sqlite({ file: join(folder.path, "spool.db") }) });
    const queue = await withSpool.openQueue("q".repeat(80));
    const job = largest(queue);
    const larger = { ...job, id: "larger", body: `${job.body}x` };
    expect(await queue.send([larger])).toMatchObject(tooLarge);
    expect(await queue.send([job])).toMatchObject([{ status: "sent" }]);
    isAway = true;
    expect(await queue.send([{ ...job, id: "kept" }])).toMatchObject([{ status: "sent" }]);
    await withSpool.close();
  });

  it("stays that of the broker where the store has more room", async () => {
    using shop = await openShop();
    const broker = memory({ maxMessageBytes: 1_000 });
    const outbox = createOutbox({ broker, store: sqlite({ file: shop.file }) });
    expect((await outbox.openQueue("mails")).capabilities.maxMessageBytes).toBe(1_000);
    await outbox.close();
  });
});
