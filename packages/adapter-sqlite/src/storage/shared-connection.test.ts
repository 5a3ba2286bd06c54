import { expect, it } from "vitest";
import { temporaryFile } from "../../test/temporary-file.ts";
import { sqliteResults } from "../results/sqlite-results.ts";
import { sqlite } from "../sqlite.ts";
import type { Sql } from "./sql.ts";
import { SqliteFile } from "./sqlite-file.ts";

const message = { id: "job-1", label: "test", body: "{}" };
const result = { id: "job-1", task: "test", queue: "work", attempt: 1, finishedAt: 1 } as const;
const DAY_MS = 86_400_000;

/** As SQLite answers: 1 is normal, 2 is full. */
function hasWaitedForDisk(sql: Sql): boolean {
  return sql.get<{ readonly synchronous: number }>("PRAGMA synchronous")?.synchronous === 2;
}

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

it("the result of a success does not wait for the disk where the ack follows it in the same log; all others do", async () => {
  const path = temporaryFile();
  const [jobs, onlooker] = [new SqliteFile(path, "full", "jobs"), new SqliteFile(path, "full", "results")];
  const results = sqliteResults({ file: path });
  const put = async (status: "succeeded" | "dead") => {
    await results.put({ ...result, status }, DAY_MS);
    return onlooker.read(hasWaitedForDisk);
  };
  await jobs.read(() => undefined);
  expect(await put("succeeded")).toBe(false);
  expect(await put("dead")).toBe(true);
  expect(await put("succeeded")).toBe(false);
  jobs.close();
  expect(await put("succeeded")).toBe(true);
  await results.close();
  onlooker.close();
});
