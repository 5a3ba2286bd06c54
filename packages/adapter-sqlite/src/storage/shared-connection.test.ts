import { createVirtualClock } from "@jobs/core/testing";
import { describe, expect, it } from "vitest";
import { countSyncs } from "../../test/count-syncs.ts";
import { temporaryFile, withConnection } from "../../test/temporary-file.ts";
import { sqliteResults } from "../results/sqlite-results.ts";
import { sqlite } from "../sqlite.ts";
import { SqliteFile } from "./sqlite-file.ts";

const message = { id: "job-1", label: "test", body: "{}" };
const result = { id: "job-1", task: "test", queue: "work", attempt: 1, finishedAt: 1 } as const;
const DAY_MS = 86_400_000;

it("a store of results on the broker's file can be closed before the broker, and after it", async () => {
  const file = temporaryFile();
  const broker = sqlite({ file });
  const queue = await broker.openQueue("work");
  const [first, second] = [sqliteResults({ file }), sqliteResults({ file })];
  await first.put({ ...result, status: "succeeded" }, DAY_MS);
  expect(await second.get("job-1")).toMatchObject({ status: "succeeded" });
  await first.close();
  await first.close();
  await expect(first.get("job-1")).rejects.toMatchObject({ code: "broker_unavailable" });
  expect(await queue.send([message])).toMatchObject([{ status: "sent" }]);
  await broker.close();
  await expect(queue.send([message])).rejects.toMatchObject({ code: "broker_unavailable" });
  expect(await second.get("job-1")).toMatchObject({ status: "succeeded" });
  await second.close();
});

it("a receive is woken by what another broker of the same process sends", async () => {
  const file = temporaryFile();
  const [receiver, sender] = [sqlite({ file }), sqlite({ file })];
  const consumer = await receiver.openConsumer("work", { leaseMs: 60_000 });
  const queue = await sender.openQueue("work");
  const receiving = consumer.receive({ max: 1, waitMs: 60_000, signal: new AbortController().signal });
  await queue.send([message]);
  expect(await receiving).toMatchObject([{ messageId: "job-1" }]);
  await Promise.all([receiver.close(), sender.close()]);
});

/** The results that another connection sees in the file. */
function resultsIn(path: string): Promise<readonly unknown[]> {
  return withConnection(path, (connection) => connection.prepare("SELECT id FROM results ORDER BY id").all());
}

describe("the result of a success", () => {
  it("is committed with the ack of its job where the job lies in the same file", async () => {
    const path = temporaryFile();
    const [broker, results] = [sqlite({ file: path }), sqliteResults({ file: path })];
    const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
    await (await broker.openQueue("work")).send([message]);
    const [delivery] = await consumer.receive({ max: 1, waitMs: 0, signal: new AbortController().signal });
    await results.put({ ...result, status: "succeeded" }, DAY_MS);
    expect(await resultsIn(path)).toEqual([]);
    expect(await consumer.settle([{ delivery: delivery!, action: "ack" }])).toEqual([{ status: "settled" }]);
    expect(await resultsIn(path)).toEqual([{ id: "job-1" }]);
    expect(await results.get("job-1")).toEqual({ ...result, status: "succeeded" });
    await Promise.all([results.close(), broker.close()]);
  });

  it("stays on its way when the write it travelled with was undone", async () => {
    const path = temporaryFile();
    const [broker, results, other] = [
      sqlite({ file: path }),
      sqliteResults({ file: path }),
      new SqliteFile(path, { synchronous: "full" }),
    ];
    const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
    await (await broker.openQueue("work")).send([message]);
    await consumer.receive({ max: 1, waitMs: 0, signal: new AbortController().signal });
    await results.put({ ...result, status: "succeeded" }, DAY_MS);
    const undone = other.write(() => {
      throw new Error("undone");
    });
    await expect(undone).rejects.toMatchObject({ code: "broker_unavailable" });
    expect(await resultsIn(path)).toEqual([]);
    await other.write(() => undefined);
    expect(await resultsIn(path)).toEqual([{ id: "job-1" }]);
    other.close();
    await Promise.all([results.close(), broker.close()]);
  });

  it("is in the file, and on the disk, before `put` resolves where the job is another broker's, or is leased no more", async () => {
    const path = temporaryFile();
    const [broker, results] = [sqlite({ file: path }), sqliteResults({ file: path })];
    const syncs = countSyncs();
    const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
    await (await broker.openQueue("work")).send([message]);
    const [delivery] = await consumer.receive({ max: 1, waitMs: 0, signal: new AbortController().signal });
    const sent = syncs();
    await results.put({ ...result, id: "of-another-broker", status: "succeeded" }, DAY_MS);
    expect(syncs()).toBe(sent + 1);
    expect(await resultsIn(path)).toEqual([{ id: "of-another-broker" }]);
    await consumer.settle([{ delivery: delivery!, action: "ack" }]);
    await results.put({ ...result, status: "succeeded" }, DAY_MS);
    expect(syncs()).toBe(sent + 2);
    expect(await resultsIn(path)).toEqual([{ id: "job-1" }, { id: "of-another-broker" }]);
    await Promise.all([results.close(), broker.close()]);
  });

  it("that comes after the lease was found lost is written by itself", async () => {
    const path = temporaryFile();
    const clock = createVirtualClock();
    const [broker, results] = [sqlite({ file: path, clock }), sqliteResults({ file: path })];
    const consumer = await broker.openConsumer("work", { leaseMs: 1_000 });
    await (await broker.openQueue("work")).send([message]);
    const [delivery] = await consumer.receive({ max: 1, waitMs: 0, signal: new AbortController().signal });
    await clock.advance(1_000);
    await consumer.receive({ max: 1, waitMs: 0, signal: new AbortController().signal });
    expect(await consumer.extend([delivery!], 1_000)).toEqual([{ status: "lost" }]);
    await results.put({ ...result, status: "succeeded" }, DAY_MS);
    expect(await resultsIn(path)).toEqual([{ id: "job-1" }]);
    await Promise.all([results.close(), broker.close()]);
  });

  it("of a death waits for the disk", async () => {
    const path = temporaryFile();
    const results = sqliteResults({ file: path });
    const syncs = countSyncs();
    await results.put({ ...result, status: "dead" }, DAY_MS);
    expect(syncs()).toBe(1);
    await results.close();
  });
});
