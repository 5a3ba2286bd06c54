import { statSync } from "node:fs";
import type { Delivery } from "@jobs/core/broker";
import { expect, it } from "vitest";
import { sqlite, sqliteResults } from "../src/index.ts";
import { temporaryFile } from "./temporary-file.ts";

const STORED = 1_000;
/** Few enough that the log does not begin anew. */
const JOBS = 100;
const DAY_MS = 86_400_000;
/** A page in the log with its header. */
const FRAME_BYTES = 2_048 + 24;
const AT = 1_796_000_000_000;

const idOf = (n: number) => `0199b0c0-0000-7000-8000-${String(n).padStart(12, "0")}`;
/** As long as the envelope of a small job. */
const message = (n: number) => ({
  id: idOf(n),
  label: "test",
  body: JSON.stringify({ text: "x".repeat(200) }),
});
const result = (id: string) =>
  ({
    id,
    task: "test",
    queue: "work",
    status: "succeeded",
    attempt: 1,
    enqueuedAt: AT,
    finishedAt: AT,
  }) as const;

it("of many jobs, one that is sent alone writes 5 pages into the log, and one that is worked alone with its result 9", async () => {
  const file = temporaryFile();
  const pages = () => statSync(`${file}-wal`).size / FRAME_BYTES;
  const broker = sqlite({ file, synchronous: "normal" });
  const results = sqliteResults({ file, synchronous: "normal" });
  const queue = await broker.openQueue("work");
  const consumer = await broker.openConsumer("work", { leaseMs: 60_000, holder: "worker-1.host" });
  await queue.send(Array.from({ length: STORED }, (_, n) => message(n)));

  const before = pages();
  for (let n = 0; n < JOBS; n++) await queue.send([message(STORED + n)]);
  const sent = pages();
  expect((sent - before) / JOBS).toBeLessThan(5.2);

  const next = { max: 1, waitMs: 0, signal: new AbortController().signal };
  let taken = (await consumer.receive(next)) as readonly [Delivery];
  for (let n = 0; n < JOBS; n++) {
    await results.put(result(taken[0].messageId), DAY_MS);
    const answer = await consumer.settleAndReceive!([{ delivery: taken[0], action: "ack" }], next);
    taken = answer.received as readonly [Delivery];
  }
  expect((pages() - sent) / JOBS).toBeLessThan(9.2);
  await Promise.all([broker.close(), results.close()]);
});
