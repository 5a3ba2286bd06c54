import { startStopwatch } from "@jobs/core/testing";
import { expect, it } from "vitest";
import { loadDriver } from "../src/driver/sqlite-driver.ts";
import { sqlite } from "../src/index.ts";
import { temporaryFile } from "./temporary-file.ts";

const NEVER = new AbortController().signal;
const message = (id: string) => ({ id, label: "test", body: "{}" });

it("a send, a settle and an extend end within the time that they are given", async () => {
  const file = temporaryFile();
  const broker = sqlite({ file });
  const queue = await broker.openQueue("work");
  const consumer = await broker.openConsumer("work", { leaseMs: 30_000 });
  await queue.send([message("job")]);
  const [delivery] = await consumer.receive({ max: 1, waitMs: 0, signal: NEVER });
  const connect = loadDriver();
  const other = new connect(file);
  other.exec("BEGIN IMMEDIATE");
  const options = { timeoutMs: 200 };
  const elapsedMs = startStopwatch();
  const calls = await Promise.allSettled([
    queue.send([message("late")], options),
    consumer.settle([{ delivery: delivery!, action: "ack" }], options),
    consumer.extend([delivery!], 30_000, options),
    consumer.receive({ max: 1, waitMs: 0, signal: NEVER, ...options }),
  ]);
  expect(elapsedMs()).toBeLessThan(3_000);
  for (const call of calls) {
    expect(call).toMatchObject({
      status: "rejected",
      reason: { code: "broker_unavailable", retryable: true },
    });
  }
  other.exec("ROLLBACK");
  other.close();
  expect(await consumer.settle([{ delivery: delivery!, action: "ack" }])).toEqual([{ status: "settled" }]);
  await broker.close();
});
