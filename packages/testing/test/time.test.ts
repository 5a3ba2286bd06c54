import { adapter as sqs } from "@jobs/adapter-sqs";
import { defineTask, handle, RetryLater } from "@jobs/core";
import { sleep } from "@jobs/core/runtime";
import { describe, expect, test } from "vitest";
import { createTestApp } from "../src/index.ts";

const work = defineTask("work", {}, { maxAttempts: 3, backoff: [60_000, 600_000] });
const DAY_MS = 86_400_000;

/** A test app whose task records when it starts, in ms since the test began. */
function timedApp(like: NonNullable<Parameters<typeof createTestApp>[1]>["like"] = {}) {
  const startedAt: number[] = [];
  const t = createTestApp(
    { tasks: [work], handlers: [handle(work, () => void startedAt.push(t.clock.monotonic()))] },
    { like },
  );
  return { t, startedAt };
}

describe("delays [F43]", () => {
  test.each([0, 1_000, 900_001, 43_200_001, 30 * DAY_MS])(
    "a delay of %i ms fires once, at its very moment",
    async (delayMs) => {
      const { t, startedAt } = timedApp();
      await t.app.enqueue(work, {}, { delayMs });
      if (delayMs > 0) {
        await t.advance(delayMs - 1);
        expect(startedAt).toEqual([]);
      }
      await t.advance("31d");
      expect(startedAt).toEqual([delayMs]);
    },
  );

  test("a moment in the past means now", async () => {
    const { t, startedAt } = timedApp();
    await t.app.enqueue(work, {}, { at: new Date(0) });
    await t.runAll();
    expect(startedAt).toEqual([0]);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("a delay of %d is refused", async (delayMs) => {
    const { t } = timedApp();
    await expect(t.app.enqueue(work, {}, { delayMs })).rejects.toMatchObject({ code: "invalid_config" });
    t.expectNothingEnqueued();
  });

  test("many delays within one advance run each at its own moment, in order", async () => {
    const { t, startedAt } = timedApp();
    for (const delayMs of [500, 20, 3_000, 20]) await t.app.enqueue(work, {}, { delayMs });
    await t.advance("1m");
    expect(startedAt).toEqual([20, 20, 500, 3_000]);
  });

  test("a delay beyond what the broker does in one step goes by hops and is still exact", async () => {
    const delay = { maxMs: 4 * DAY_MS, nativeMs: 900_000 };
    const { t, startedAt } = timedApp({ ...sqs.limits, delay });
    await t.app.enqueue(work, {}, { delayMs: 13 * 3_600_000 });
    t.expectEnqueued(work, {}, { delayMs: 13 * 3_600_000 });
    await t.advance("3d");
    expect(startedAt).toEqual([13 * 3_600_000]);
    expect(t.outcomes.map(({ status }) => status)).toEqual(["snoozed", "snoozed", "succeeded"]);
  });
});

test("like sqs, a delay beyond the queue's retention is refused [F43]", async () => {
  const { t } = timedApp(sqs);
  const late = t.app.enqueue(work, {}, { delayMs: 30 * DAY_MS });
  await expect(late).rejects.toMatchObject({ code: "unsupported" });
});

describe("retries", () => {
  test("wait for their backoff in virtual time and end as a dead letter", async () => {
    const failing = handle(work, () => {
      throw new Error("no");
    });
    await using t = createTestApp({ tasks: [work], handlers: [failing] });
    const { id } = await t.app.enqueue(work, {});
    await t.advance("1h");
    const error = expect.objectContaining({ message: "no" });
    const start = Date.UTC(2026, 0, 1);
    expect(t.outcomes).toEqual([
      {
        id,
        task: "work",
        queue: "default",
        status: "retried",
        attempt: 1,
        delayMs: 60_000,
        error,
        at: start,
      },
      expect.objectContaining({ status: "retried", attempt: 2, delayMs: 600_000, at: start + 60_000 }),
      expect.objectContaining({
        status: "dead",
        reason: "exhausted",
        attempt: 3,
        error,
        at: start + 660_000,
      }),
    ]);
    expect(t.dead(work)).toMatchObject([
      { id, reason: "exhausted", params: {}, failures: 3, error: { message: "no" } },
    ]);
  });

  test("a snooze is no failure", async () => {
    let runs = 0;
    const patient = handle(work, () => {
      if (++runs < 3) throw new RetryLater(5_000);
    });
    await using t = createTestApp({ tasks: [work], handlers: [patient] });
    await t.app.enqueue(work, {});
    await t.advance("10s");
    expect(t.outcomes).toMatchObject([
      { status: "snoozed", delayMs: 5_000, attempt: 1 },
      { status: "snoozed", attempt: 1 },
      { status: "succeeded", attempt: 1 },
    ]);
  });
});

describe("leases [W19]", () => {
  test("a handler longer than its lease keeps it by heartbeats", async () => {
    await using t = createTestApp({
      tasks: [work],
      handlers: [handle(work, (): Promise<void> => sleep(t.clock, 300_000))],
      worker: { leaseMs: 30_000 },
    });
    await t.app.enqueue(work, {});
    const run = t.runAll();
    await t.advance("4m");
    t.expectEnqueued(work);
    expect(t.enqueued(work)).toMatchObject([{ state: "leased" }]);
    await t.advance("1m");
    expect(await run).toMatchObject([{ status: "succeeded", attempt: 1 }]);
  });

  test("a job whose worker died comes back when its lease ends", async () => {
    const { t, startedAt } = timedApp();
    await t.app.enqueue(work, {});
    const dying = await t.app.broker?.openConsumer("default", { leaseMs: 30_000 });
    await dying?.receive({ max: 1, waitMs: 0, signal: new AbortController().signal });
    await t.advance("1m");
    expect(startedAt).toEqual([30_000]);
  });

  test("a handler that outlives what the broker grants loses its lease; its job comes back to it and is not run beside itself", async () => {
    let runs = 0;
    await using t = createTestApp(
      {
        tasks: [work],
        handlers: [
          handle(work, async (): Promise<void> => {
            if (++runs === 1) await sleep(t.clock, 60_000);
          }),
        ],
      },
      { like: { lease: { maxMs: 30_000, maxTotalMs: 30_000 } } },
    );
    await t.app.enqueue(work, {});
    const first = t.runAll();
    await t.advance("1m");
    await first;
    const start = Date.UTC(2026, 0, 1);
    const elapsed = Object.fromEntries(t.outcomes.map(({ status, at }) => [status, at - start]));
    expect(elapsed).toEqual({ succeeded: 60_000, lease_lost: expect.any(Number) });
    expect(runs).toBe(1);
    // The running worker finds its own lost leases at a heartbeat.
    expect(elapsed.lease_lost).toBeLessThanOrEqual(41_000);
  });

  test("a timeout runs on the test's clock", async () => {
    const slow = defineTask("slow", {}, { timeoutMs: 5_000, maxAttempts: 1 });
    await using t = createTestApp({
      tasks: [slow],
      handlers: [
        handle(slow, async (_, ctx): Promise<void> => {
          await sleep(t.clock, 60_000, ctx.signal);
          ctx.signal.throwIfAborted();
        }),
      ],
    });
    await t.app.enqueue(slow, {});
    const run = t.runAll();
    await t.advance("5s");
    expect(await run).toMatchObject([{ status: "dead", reason: "timeout" }]);
  });
});

test("clock.advance lets time pass while nobody works: a job can expire", async () => {
  const { t, startedAt } = timedApp();
  await t.app.enqueue(work, {}, { expiresInMs: 1_000 });
  await t.clock.advance(2_000);
  expect(await t.runAll()).toMatchObject([{ status: "dead", reason: "expired", error: undefined }]);
  expect(startedAt).toEqual([]);
});

test("advance refuses what is no duration", async () => {
  const { t } = timedApp();
  await expect(t.advance("soon")).rejects.toThrow(/30s, 5m, 2h/);
  await expect(t.advance(-1)).rejects.toMatchObject({ code: "invalid_config" });
});
