import {
  defineTask,
  FatalError,
  handle,
  type JobContext,
  type Next,
  RetryLater,
  TaskExecutor,
} from "@jobs/core";
import { createTestApp } from "@jobs/testing";
import { expect, test } from "vitest";

interface Account {
  readonly isClosed: boolean;
  readonly isBusy: boolean;
}

const accounts = new Map<string, Account>([
  ["ada", { isClosed: false, isBusy: false }],
  ["bob", { isClosed: true, isBusy: false }],
  ["eve", { isClosed: false, isBusy: true }],
]);

const requests: string[] = [];

/** Stands for an outside system that may be slow, and that does nothing twice for the same key. */
async function transfer(account: string, key: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  requests.push(`${account} ${key}`);
}

// #region contract
const payOut = defineTask(
  "pay_out",
  { account: "string", cents: "integer" },
  { queue: "money", maxAttempts: 8, timeoutMs: 30_000, backoff: [1_000, 10_000, 60_000] },
);
// #endregion

// #region handler
const payOutHandler = handle(payOut, async ({ account, cents }, ctx) => {
  const found = accounts.get(account);
  if (found === undefined || found.isClosed) throw new FatalError(`account ${account} cannot be paid`);
  if (found.isBusy) throw new RetryLater(15 * 60_000);
  await transfer(account, ctx.idempotencyKey, ctx.signal);
  return { paid: cents };
});
// #endregion

// #region executor
class Timed extends TaskExecutor {
  override async context(job: JobContext, next: Next): Promise<unknown> {
    const startedAt = performance.now();
    try {
      return await next();
    } finally {
      job.log.info("ran", { ms: Math.round(performance.now() - startedAt) });
    }
  }
}
// #endregion

test("the guide's handler succeeds, gives up at once, or asks for another time", async () => {
  await using t = createTestApp({ tasks: [payOut], handlers: [payOutHandler], executor: new Timed() });
  for (const account of ["ada", "bob", "eve"]) await t.app.enqueue(payOut, { account, cents: 500 });
  const outcomes = await t.runAll({ concurrency: 1 });
  expect(outcomes).toMatchObject([
    { status: "succeeded", result: { paid: 500 } },
    { status: "dead", reason: "fatal" },
    { status: "snoozed", delayMs: 15 * 60_000 },
  ]);
  expect(requests).toEqual([`ada ${outcomes[0]?.id}`]);
});

test("the guide's handler waits a day for an account; after 100 times the job is a dead letter", async () => {
  await using t = createTestApp({ tasks: [payOut], handlers: [payOutHandler] });
  await t.app.enqueue(payOut, { account: "eve", cents: 500 });
  expect(await t.runAll()).toMatchObject([{ status: "snoozed" }]);
  const waited = await t.advance("24h");
  expect(new Set(waited.map(({ status }) => status))).toEqual(new Set(["snoozed"]));
  const last = await t.advance("2h");
  expect(last.at(-1)).toMatchObject({ status: "dead", reason: "exhausted" });
});
