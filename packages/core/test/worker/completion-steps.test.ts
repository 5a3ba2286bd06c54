import { memoryResults } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import { AccessDeniedError, QueueNotFoundError, type ResultStore } from "../../src/entries/broker.ts";
import { BrokerUnavailableError, chain, defineTask, handle, step } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const first = defineTask("first", { size: "number" });
const second = defineTask("second", { text: "string" });
const other = defineTask("other", {});

const OUTAGE = new BrokerUnavailableError({ broker: "test" }, "no answer.");
const DENIAL = new AccessDeniedError({ broker: "test" }, "the password is wrong.");
const NO_QUEUE = new QueueNotFoundError({ broker: "test", queue: "next" });

/** Faults of the store of results; what is not set works. */
interface StoreFaults {
  put?: (id: string) => unknown;
}

/** A chain of two steps on a broker of small messages. */
function world(faults: StoreFaults = {}) {
  const runs: string[] = [];
  const kept = memoryResults();
  const results: ResultStore = {
    kind: "test",
    reach: kept.reach,
    coordination: kept.coordination,
    get: (id) => kept.get(id),
    prune: () => kept.prune(),
    close: () => kept.close(),
    async put(result, ttlMs) {
      const error = faults.put?.(result.id);
      if (error !== undefined) throw error;
      await kept.put(result, ttlMs);
    },
  };
  const rig = createRig({
    tasks: [first, second, other],
    results,
    capabilities: { maxMessageBytes: 10_000 },
    handlers: [
      handle(first, ({ size }) => {
        runs.push("first");
        return "x".repeat(size);
      }),
      handle(second, () => void runs.push("second")),
      handle(other, () => void runs.push("other")),
    ],
  });
  const flow = (size: number) => chain([step(first, { size }), step(second, {}, { takes: { text: "." } })]);
  const dead = async () =>
    (await (await rig.app.queue("default")).peek({ state: "dead", limit: 10 })).messages;
  return { rig, runs, kept, flow, dead, faults };
}

describe("a completion step that cannot succeed", () => {
  test("a next job over the size limit makes a dead letter that says so, and the slot is free again", async () => {
    const { rig, runs, flow, dead } = world();
    const { id } = await rig.app.start(flow(20_000));
    await rig.app.enqueue(other, {});
    rig.start({ concurrency: 1 });
    await rig.clock.advance(5_000);
    expect(runs).toEqual(["first", "other"]);
    expect(await dead()).toMatchObject([
      {
        messageId: id,
        failureCount: 0,
        dead: { reason: "completion_failed", error: { code: "payload_too_large" } },
      },
    ]);
    expect((await dead())[0]?.dead?.error?.message).toContain('completion step "chain"');
    expect(rig.trace()).not.toContain("job.failed");
  });

  test("put back it sends what follows from the kept value, without a second run", async () => {
    const { rig, runs, flow, dead } = world();
    await rig.app.start(flow(10));
    rig.faults.send = () => NO_QUEUE;
    rig.start({ concurrency: 1 });
    await rig.clock.advance(5_000);
    expect(await dead()).toMatchObject([{ dead: { reason: "completion_failed" } }]);
    delete rig.faults.send;
    await (await rig.app.queue("default")).redrive({ limit: 1 });
    await rig.clock.advance(5_000);
    expect(runs).toEqual(["first", "second"]);
  });

  test.each([
    ["a TypeError of the step", new TypeError("undefined is not a function")],
    [
      "a value that the store refuses",
      new BrokerUnavailableError({ broker: "test" }, "refused", { retryable: false }),
    ],
    ["a text that is too long", new RangeError("Invalid string length")],
  ])("%s is one", async (_, error) => {
    const { rig, runs, dead } = world({ put: () => error });
    await rig.app.enqueue(first, { size: 1 });
    await rig.app.enqueue(other, {});
    rig.start({ concurrency: 1 });
    await rig.clock.advance(1_000);
    expect(runs).toEqual(["first", "other"]);
    expect(await dead()).toMatchObject([
      { dead: { reason: "completion_failed" } },
      { dead: { reason: "completion_failed" } },
    ]);
  });

  test("a refused password is given five minutes, since it says nothing of the job", async () => {
    const { rig, dead } = world({ put: () => DENIAL });
    await rig.app.enqueue(first, { size: 1 });
    rig.start({ concurrency: 1 });
    await rig.clock.advance(295_000);
    expect(await dead()).toEqual([]);
    await rig.clock.advance(15_000);
    expect(await dead()).toMatchObject([{ dead: { reason: "completion_failed" } }]);
  });

  test("cancelled, the job leaves its queue although that cannot be kept", async () => {
    const { rig } = world({ put: () => new TypeError("broken") });
    const { id } = await rig.app.enqueue(first, { size: 1 }, { delayMs: 1_000 });
    await rig.app.cancel(id).catch(() => {});
    rig.start();
    await rig.clock.advance(10_000);
    expect((await (await rig.app.queue("default")).stats()).delayed.n).toBe(0);
  });
});

describe("a completion step that fails for a while", () => {
  test("is tried for as long as the outage lasts, and shows in isReady and delayed", async () => {
    const { rig, dead, kept, faults } = world({ put: () => OUTAGE });
    const { id } = await rig.app.enqueue(first, { size: 1 });
    const { worker } = rig.start({ concurrency: 1 });
    await rig.clock.advance(3_600_000);
    expect(await dead()).toEqual([]);
    expect([worker.isReady, worker.delayed]).toEqual([false, 1]);
    expect(await rig.app.workers()).toMatchObject([{ isReady: false, delayed: 1 }]);
    delete faults.put;
    await rig.clock.advance(6_000);
    expect([worker.isReady, worker.delayed]).toEqual([true, 0]);
    expect(kept.find(id)?.status).toBe("succeeded");
  });

  test("leaves a worker with free slots ready", async () => {
    const { rig } = world({ put: () => OUTAGE });
    await rig.app.enqueue(first, { size: 1 });
    const { worker } = rig.start({ concurrency: 2 });
    await rig.clock.advance(60_000);
    expect([worker.isReady, worker.delayed]).toEqual([true, 1]);
  });

  test("an answer that never came to fetch is an outage, although it is a TypeError", async () => {
    const { rig, dead } = world({
      put: () => new TypeError("fetch failed", { cause: new Error("ECONNREFUSED") }),
    });
    await rig.app.enqueue(first, { size: 1 });
    rig.start();
    await rig.clock.advance(60_000);
    expect(await dead()).toEqual([]);
  });

  test("hears of a stop at once: one more try, then the job goes back", async () => {
    let tries = 0;
    const { rig } = world({
      put: () => {
        tries++;
        return OUTAGE;
      },
    });
    await rig.app.enqueue(first, { size: 1 });
    const { worker, report } = rig.start({ concurrency: 1 });
    await rig.clock.advance(60_000);
    const before = tries;
    void worker.stop();
    await rig.clock.advance(100);
    expect(await report).toMatchObject({ released: 1, succeeded: 0 });
    expect(tries).toBe(before + 1);
  });

  test("a try that succeeds at the stop counts", async () => {
    const { rig, faults } = world({ put: () => OUTAGE });
    await rig.app.enqueue(first, { size: 1 });
    const { worker, report } = rig.start({ concurrency: 1 });
    await rig.clock.advance(60_000);
    delete faults.put;
    void worker.stop();
    await rig.clock.advance(100);
    expect(await report).toMatchObject({ released: 0, succeeded: 1 });
  });
});
