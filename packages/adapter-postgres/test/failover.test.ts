import { type App, createApp, defineTask, handle, isJobsError } from "@jobs/core";
import { hasPostgres, startPostgresPair } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { postgres, postgresResults } from "../src/index.ts";
import { askPostgres } from "./postgres-world.ts";

const work = defineTask("work", { n: "integer" });

/** An app whose worker runs until the test ends it, and the numbers of the jobs that have run. */
function openApp(url: string): { readonly app: App; readonly ran: Set<number> } {
  const ran = new Set<number>();
  const app = createApp({
    broker: postgres({ url }),
    tasks: [work],
    handlers: [handle(work, ({ n }) => void ran.add(n))],
  });
  return { app, ran };
}

/** Enqueues one job. Returns whether it was accepted, or the error, which must allow another try. */
async function tryEnqueue(app: App, n: number): Promise<"accepted" | string> {
  try {
    await app.enqueue(work, { n });
    return "accepted";
  } catch (error) {
    if (!isJobsError(error) || error.code !== "broker_unavailable" || !error.retryable) throw error;
    return error.message;
  }
}

/** Where only a standby answers, the error says so. */
async function expectStandby(url: string): Promise<void> {
  const store = postgresResults({ url });
  await expect(store.prune()).rejects.toMatchObject({
    code: "broker_unavailable",
    retryable: true,
    message: expect.stringMatching(
      /answers 25006: it takes no writes: it is a replica, or default_transaction_read_only is on\.$/,
    ),
    hint: expect.stringContaining("postgres://one,two/database"),
  });
  await store.close();
}

describe.runIf(await hasPostgres({ isOwn: true }))("a failover", () => {
  it("a primary is killed and its standby promoted: jobs go on, and no accepted job is lost [F20]", async () => {
    await using pair = await startPostgresPair();
    const { app: producer } = openApp(pair.url);
    const { app: consumer, ran } = openApp(pair.url);
    const worker = consumer.worker({ ownsProcess: false });
    const run = worker.run();
    const accepted: number[] = [];
    let n = 0;
    const enqueueUntil = async (isDone: () => boolean) => {
      while (!isDone()) {
        n += 1;
        if ((await tryEnqueue(producer, n)) === "accepted") accepted.push(n);
      }
    };
    await enqueueUntil(() => accepted.length >= 50);
    let isPromoted = false;
    let atPromotion = 0;
    const failover = async () => {
      await pair.primary.crash();
      for (const url of [pair.standby.url, pair.url]) await expectStandby(url);
      await askPostgres(pair.standby.url, "SELECT pg_promote(true, 60)");
      isPromoted = true;
      atPromotion = accepted.length;
    };
    await Promise.all([failover(), enqueueUntil(() => isPromoted && accepted.length >= atPromotion + 50)]);
    await expect.poll(() => accepted.filter((one) => !ran.has(one)), { timeout: 30_000 }).toEqual([]);
    await worker.stop();
    await run;
    await Promise.all([producer.close(), consumer.close()]);
  });
});
