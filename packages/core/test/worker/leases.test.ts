import { describe, expect, test } from "vitest";
import type { SettleResult } from "../../src/entries/broker.ts";
import { defineTask, handle, type JobContext } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const work = defineTask("work", {}, { maxAttempts: 3, backoff: 1_000 });
const LEASE = 30_000;

/** A handler that ends when it is told to. */
function controlled() {
  const ends: { succeed(): void; fail(error: Error): void; ctx: JobContext }[] = [];
  const run = (_: unknown, ctx: JobContext) =>
    new Promise<void>((succeed, fail) => {
      ends.push({ succeed, fail, ctx });
    });
  return { ends, run };
}

describe("leases", () => {
  test("a job ten times longer than its lease runs once: heartbeats keep the lease [F30 P20]", async () => {
    const { ends, run } = controlled();
    const rig = createRig({ tasks: [work], handlers: [handle(work, run)] });
    let extensions = 0;
    rig.faults.extend = () => {
      extensions++;
      return undefined;
    };
    await rig.app.enqueue(work, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(10 * LEASE);
    ends[0]?.succeed();
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 1, leasesLost: 0 });
    expect(ends).toHaveLength(1);
    // A third of the lease, ± 10 %: about 30 beats in ten leases.
    expect(extensions).toBeGreaterThanOrEqual(26);
    expect(extensions).toBeLessThanOrEqual(34);
  });

  test("an extension that fails once is tried again at a sixth of the lease, and nothing is lost [F33]", async () => {
    const { ends, run } = controlled();
    const rig = createRig({ tasks: [work], handlers: [handle(work, run)] });
    const triedAt: number[] = [];
    rig.faults.extend = () => {
      triedAt.push(rig.clock.monotonic());
      return triedAt.length === 1 ? new Error("reset") : undefined;
    };
    await rig.app.enqueue(work, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(2 * LEASE);
    ends[0]?.succeed();
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 1, leasesLost: 0 });
    expect((triedAt[1] ?? 0) - (triedAt[0] ?? 0)).toBe(LEASE / 6);
  });

  test("extensions that fail for ever: the signal aborts with lease_lost at the deadline, a late failure writes nothing [F33]", async () => {
    const { ends, run } = controlled();
    const rig = createRig({ tasks: [work], handlers: [handle(work, run)] });
    rig.faults.extend = () => new Error("gone");
    await rig.app.enqueue(work, {});
    rig.start({ concurrency: 1 });
    await rig.clock.advance(LEASE - 1_000);
    const signal = ends[0]?.ctx.signal;
    expect(signal?.aborted).toBe(false);
    await rig.clock.advance(LEASE / 6);
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toMatchObject({ code: "lease_lost" });
    ends[0]?.fail(new Error("too late to count"));
    rig.faults.extend = () => undefined;
    await rig.clock.advance(5_000);
    expect(rig.trace()).not.toContain("job.failed");
    expect(ends[1]?.ctx.attempt).toBe(1);
  });

  test("a success after a lost lease tries one ack; refused, it is reported as ack_lost and the worker lives [F33 W15]", async () => {
    const { ends, run } = controlled();
    const rig = createRig({ tasks: [work], handlers: [handle(work, run)] });
    rig.faults.extend = (deliveries) => deliveries.map(() => ({ status: "lost" as const }));
    await rig.app.enqueue(work, {});
    const first = rig.start({ concurrency: 1 });
    await rig.clock.advance(LEASE / 2);
    const second = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(LEASE);
    expect(ends).toHaveLength(2);
    rig.faults.extend = () => undefined;
    ends[0]?.succeed();
    await rig.clock.advance(100);
    expect(rig.trace()).toContain("job.ack_lost");
    ends[1]?.succeed();
    await rig.clock.advance(1_000);
    expect(await second.report).toMatchObject({ succeeded: 1 });
    void first.worker.stop();
    await rig.clock.advance(1_000);
    expect(await first.report).toMatchObject({ succeeded: 0, acksLost: 1, leasesLost: 1 });
  });

  test("a job whose lease has ended on the way to a frozen worker runs only where its lease can be renewed [F06]", async () => {
    const runs: string[] = [];
    const byNobody = handle(work, (_, ctx) => void runs.push(ctx.id));
    const rig = createRig({ tasks: [work], handlers: [byNobody] });
    let arrive = () => {};
    rig.faults.answer = () => new Promise((resolve) => (arrive = resolve));
    await rig.app.enqueueMany([
      [work, {}, { id: "taken" }],
      [work, {}, { id: "free" }],
    ]);
    rig.start();
    await rig.clock.advance(LEASE + 1);
    rig.faults.answer = () => Promise.resolve();
    const another = rig.other({ tasks: [work], handlers: [byNobody] });
    const report = another.worker({ ownsProcess: false, until: { type: "settled", jobs: 1 } }).run();
    await rig.clock.advance(1_000);
    await report;
    expect(runs).toEqual(["taken"]);
    arrive();
    await rig.clock.advance(1_000);
    expect(runs).toEqual(["taken", "free"]);
    expect(rig.trace()).toContain("job.lease_lost");
  });

  test("a job that comes back while its run is at work here is not run beside itself: the run goes on under the new lease [F31]", async () => {
    const { ends, run } = controlled();
    const rig = createRig({ tasks: [work], handlers: [handle(work, run)] });
    rig.faults.extend = (deliveries) => deliveries.map(() => ({ status: "lost" as const }));
    await rig.app.enqueue(work, {});
    const { report } = rig.start({ until: { type: "drained" }, concurrency: 4 });
    await rig.clock.advance(LEASE + 1_000);
    expect(ends).toHaveLength(1);
    rig.faults.extend = () => undefined;
    await rig.clock.advance(2 * LEASE);
    ends[0]?.succeed();
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 1, acksLost: 0, leasesLost: 1 });
    expect(ends).toHaveLength(1);
  });

  test("a job that was done here and comes back after another worker lost it is acked without another run [F31]", async () => {
    const { ends, run } = controlled();
    const rig = createRig({ tasks: [work], handlers: [handle(work, run)] });
    rig.faults.extend = (deliveries) => deliveries.map(() => ({ status: "lost" as const }));
    await rig.app.enqueue(work, {});
    const first = rig.start({ concurrency: 1 });
    await rig.clock.advance(LEASE / 2);
    const second = rig.start({ concurrency: 1 });
    await rig.clock.advance(LEASE);
    expect(ends).toHaveLength(2);
    ends[0]?.succeed();
    await rig.clock.advance(2 * LEASE);
    expect(await rig.app.stats("default")).toMatchObject({ ready: { n: 0 }, leased: { n: 0 } });
    expect(ends).toHaveLength(2);
    ends[1]?.succeed();
    for (const { worker } of [first, second]) void worker.stop();
    await rig.clock.advance(1_000);
    expect(await first.report).toMatchObject({ succeeded: 1, acksLost: 1 });
    expect(await second.report).toMatchObject({ succeeded: 0, acksLost: 1 });
  });

  test("an ack that arrives although the lease seemed lost counts as success", async () => {
    const { ends, run } = controlled();
    const rig = createRig({ tasks: [work], handlers: [handle(work, run)] });
    rig.faults.extend = (deliveries) => deliveries.map(() => ({ status: "lost" as const }));
    await rig.app.enqueue(work, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(LEASE / 2);
    ends[0]?.succeed();
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 1, acksLost: 0, leasesLost: 1 });
  });
});

describe("settling", () => {
  test.each([
    ["rejects", new Error("reset")],
    ["answers failed", "failed"],
  ] as const)(
    "an ack that %s is tried again while the lease is extended; a finished job is never handed back [F34]",
    async (_, fault) => {
      let runs = 0;
      const rig = createRig({ tasks: [work], handlers: [handle(work, () => void runs++)] });
      let refusals = 0;
      rig.faults.settle = (settlements): Error | readonly SettleResult[] | undefined => {
        if (rig.clock.monotonic() > 2 * LEASE) return undefined;
        refusals++;
        if (fault !== "failed") return fault;
        return settlements.map(() => ({
          status: "failed",
          error: new (class extends Error {})("busy") as never,
        }));
      };
      await rig.app.enqueue(work, {});
      const { report } = rig.start({ until: { type: "drained" } });
      await rig.clock.advance(3 * LEASE);
      expect(await report).toMatchObject({ succeeded: 1, acksLost: 0, released: 0 });
      expect(runs).toBe(1);
      expect(refusals).toBeGreaterThan(10);
    },
  );

  test("an ack that fails past the end of its lease goes through under the next one: no second run here [F34]", async () => {
    let runs = 0;
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => void runs++)] });
    rig.faults.settle = () => new Error("gone");
    rig.faults.extend = () => new Error("gone");
    await rig.app.enqueue(work, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(2 * LEASE);
    rig.faults.settle = () => undefined;
    rig.faults.extend = () => undefined;
    await rig.clock.advance(3 * LEASE);
    expect(await report).toMatchObject({ succeeded: 1 });
    expect(runs).toBe(1);
  });

  test("a settlement that keeps failing holds its slot, so failures cannot pile up", async () => {
    let runs = 0;
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => void runs++)] });
    rig.faults.settle = () => new Error("reset");
    await rig.app.enqueueMany(Array.from({ length: 50 }, () => [work, {}] as const));
    rig.start({ concurrency: 5 });
    await rig.clock.advance(LEASE / 2);
    expect(runs).toBeLessThanOrEqual(10);
  });
});
