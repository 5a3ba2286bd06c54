import { createMemoryStorage, memory, memoryResults } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";

import type { ResultStore } from "../../src/entries/broker.ts";
import { BrokerUnavailableError, createApp, defineTask, handle } from "../../src/index.ts";
import { createVirtualClock, type VirtualClock } from "../../src/runtime/virtual-clock.ts";

import { createRig } from "../rig.ts";

const work = defineTask("work", { n: "number" }, { maxAttempts: 1 });
const OUTAGE = new BrokerUnavailableError({ broker: "test" }, "no answer.");

/** A handler that doubles, and fails below zero while it is broken. */
function world(results: ResultStore = memoryResults()) {
  const state = { isBroken: true };
  const rig = createRig({
    tasks: [work],
    results,
    handlers: [
      handle(work, ({ n }) => {
        if (n < 0 && state.isBroken) throw new RangeError("below zero");
        return n * 2;
      }),
    ],
  });
  return { rig, state };
}

/** A store in memory with some of its calls replaced. */
function storeWith(replaced: (store: ResultStore) => Partial<ResultStore>): ResultStore {
  const store = memoryResults();
  return {
    kind: "test",
    reach: store.reach,
    coordination: store.coordination,
    put: (result, ttlMs) => store.put(result, ttlMs),
    get: (id) => store.get(id),
    prune: () => store.prune(),
    close: () => store.close(),
    ...replaced(store),
  };
}

/** A store whose puts fail while `isDown`. */
function failingPuts(isDown: () => boolean): ResultStore {
  return storeWith((store) => ({
    put: (result, ttlMs) => (isDown() ? Promise.reject(OUTAGE) : store.put(result, ttlMs)),
  }));
}

async function stopped(ended: Promise<unknown>, clock: VirtualClock): Promise<void> {
  await clock.advance(10_000);
  await ended;
}

describe("app.result", () => {
  test("gives what became of a job, nothing before its end", async () => {
    const { rig } = world();
    const { id } = await rig.app.enqueue(work, { n: 4 });
    expect(await rig.app.result(id)).toBeUndefined();
    rig.start();
    await rig.clock.advance(1_000);
    expect(await rig.app.result(id)).toMatchObject({
      id,
      task: "work",
      status: "succeeded",
      value: 8,
      attempt: 1,
    });
  });

  test("waits for it as long as it is told, and not longer [T20]", async () => {
    const { rig } = world();
    const { id } = await rig.app.enqueue(work, { n: 4 }, { delayMs: 20_000 });
    const early = rig.app.result(id, { waitMs: 10_000 });
    const late = rig.app.result(id, { waitMs: 30_000 });
    rig.start();
    await rig.clock.advance(10_001);
    expect(await early).toBeUndefined();
    await rig.clock.advance(15_000);
    expect(await late).toMatchObject({ value: 8 });
  });

  test.each([1, 300, 4_999])(
    "a result that is kept for %d ms is never missed by whoever waits",
    async (ttl) => {
      const clock = createVirtualClock();
      const results = memoryResults({ clock });
      const storage = createMemoryStorage({ clock });
      const app = createApp({
        broker: memory({ storage }),
        results,
        runtime: { clock },
        tasks: [work],
        handlers: [handle(work, ({ n }) => n * 2)],
        worker: { resultTtlMs: ttl },
      });
      const worker = app.worker({ ownsProcess: false });
      const report = worker.run();
      // Looks come 1 s apart by then, and each job ends at another time between two of them.
      const ids = await Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          const { id } = await app.enqueue(work, { n: 1 }, { delayMs: 10_000 + index * 25 });
          return id;
        }),
      );
      const waiting = Promise.all(ids.map((id) => app.result(id, { waitMs: 30_000 })));
      await clock.advance(31_000);
      expect((await waiting).map((result) => result?.value)).toEqual(ids.map(() => 2));
      expect(ids.map((id) => results.find(id))).toEqual(ids.map(() => undefined));
      await stopped(worker.force(), clock);
      await report;
    },
  );

  test("0 ms keeps none", async () => {
    const { rig } = world();
    const { id } = await rig.app.enqueue(work, { n: 4 });
    rig.start({ resultTtlMs: 0 });
    await rig.clock.advance(1_000);
    expect(rig.trace()).toContain("job.succeeded");
    expect(await rig.app.result(id)).toBeUndefined();
  });

  test("an outage of the store does not end the wait; one that lasts is told", async () => {
    let isDown = true;
    const { rig } = world(
      storeWith((store) => ({ get: (id) => (isDown ? Promise.reject(OUTAGE) : store.get(id)) })),
    );
    const waiting = rig.app.result("job", { waitMs: 5_000 });
    waiting.catch(() => {});
    await rig.clock.advance(5_001);
    await expect(waiting).rejects.toBe(OUTAGE);
    const again = rig.app.result("job", { waitMs: 5_000 });
    isDown = false;
    await rig.clock.advance(5_001);
    expect(await again).toBeUndefined();
  });

  test("a signal ends the wait", async () => {
    const { rig } = world();
    const controller = new AbortController();
    const waiting = rig.app.result("job", { waitMs: 1e9, signal: controller.signal });
    controller.abort();
    expect(await waiting).toBeUndefined();
  });

  test("an app without a store says how to get one", async () => {
    const { app } = createRig({ tasks: [work] });
    await expect(app.result("job")).rejects.toMatchObject({
      code: "invalid_config",
      hint: expect.stringContaining("--results"),
    });
  });
});

describe("a dead job", () => {
  test("its death is kept with the error, and a redrive that succeeds takes its place", async () => {
    const { rig, state } = world();
    const { id } = await rig.app.enqueue(work, { n: -1 });
    rig.start();
    await rig.clock.advance(1_000);
    expect(await rig.app.result(id)).toMatchObject({
      id,
      status: "dead",
      error: { name: "RangeError", message: "below zero" },
      attempt: 1,
    });
    state.isBroken = false;
    const queue = await rig.app.queue("default");
    await queue.redrive({ limit: 1 });
    await rig.clock.advance(1_000);
    expect(await rig.app.result(id)).toMatchObject({ status: "succeeded", value: -2 });
  });

  test("one that never ran is kept with the reason", async () => {
    const { rig } = world();
    const { id } = await rig.app.enqueue(work, { n: 1 }, { expiresInMs: 50, delayMs: 100 });
    rig.start();
    await rig.clock.advance(1_000);
    expect(await rig.app.result(id)).toMatchObject({ status: "dead", error: { code: "expired" } });
  });

  test("an outage of the store does not hold up the burial, and the death is kept when it is over [T26]", async () => {
    let isDown = true;
    const { rig } = world(failingPuts(() => isDown));
    const { id } = await rig.app.enqueue(work, { n: -1 });
    rig.start();
    await rig.clock.advance(20_000);
    expect(rig.trace()).toContain("job.dead");
    expect(await rig.app.result(id)).toBeUndefined();
    isDown = false;
    await rig.clock.advance(6_000);
    expect(await rig.app.result(id)).toMatchObject({ status: "dead" });
  });

  test("closing the app waits for deaths on their way, but not for a store that stays away", async () => {
    const { rig } = world(failingPuts(() => true));
    await rig.app.enqueue(work, { n: -1 });
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    await report;
    const closed = rig.app.close();
    await rig.clock.advance(5_001);
    await closed;
    const message = expect.stringContaining("the death of a job could not be kept");
    expect(rig.logs).toContainEqual(expect.objectContaining({ level: "error", message }));
  });
});

test("a worker removes results that are past their time, while it is at work", async () => {
  let prunes = 0;
  const { rig } = world(
    storeWith((store) => ({
      prune: () => (++prunes === 1 ? Promise.reject(OUTAGE) : store.prune()),
    })),
  );
  await rig.clock.advance(1_200_000);
  expect(prunes).toBe(0);
  const { worker } = rig.start();
  await rig.clock.advance(1_800_000);
  expect(prunes).toBeGreaterThanOrEqual(2);
  expect(prunes).toBeLessThanOrEqual(3);
  const stopped = worker.force();
  await rig.clock.advance(10_000);
  await stopped;
  const before = prunes;
  await rig.clock.advance(1_800_000);
  expect(prunes).toBe(before);
});

test("a job whose result cannot be kept tells so once, keeps its lease, and is acked when it can [T26]", async () => {
  let isDown = true;
  const { rig } = world(failingPuts(() => isDown));
  const { id } = await rig.app.enqueue(work, { n: 4 });
  rig.start();
  await rig.clock.advance(60_000);
  expect(rig.trace()).toEqual(["job.enqueued", "job.started", "job.step_delayed"]);
  expect(rig.events).toContainEqual(
    expect.objectContaining({
      type: "job.step_delayed",
      step: "result",
      job: expect.objectContaining({ id }),
      error: expect.objectContaining({ code: "broker_unavailable" }),
    }),
  );
  isDown = false;
  await rig.clock.advance(6_000);
  expect(rig.trace().slice(3)).toEqual(["job.succeeded"]);
  expect(await rig.app.result(id)).toMatchObject({ status: "succeeded", value: 8 });
});
