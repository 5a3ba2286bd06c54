import { memoryResults } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import { chain, createApp, defineTask, group, handle, isJobsError, step } from "../../src/index.ts";
import { sleep } from "../../src/runtime/clock.ts";
import { createRig } from "../rig.ts";

const first = defineTask("first", { n: "integer" });
const second = defineTask("second", { n: "integer" });
const sums = defineTask("sums", { all: "array" });

/** `first` runs for a minute of virtual time unless it is stopped or, being `deaf`, returns all the same. */
function world({ isDeaf = false } = {}) {
  const ran: string[] = [];
  const results = memoryResults();
  const rig = createRig({
    tasks: [first, second, sums],
    results,
    handlers: [
      handle(first, async ({ n }, ctx) => {
        ran.push(`first ${n}`);
        await sleep(rig.clock, 60_000, ctx.signal);
        if (ctx.signal.aborted && isJobsError(ctx.signal.reason, "job_aborted")) ran.push("stopped");
        if (!isDeaf) ctx.signal.throwIfAborted();
        return n;
      }),
      handle(second, ({ n }) => void ran.push(`second ${n}`)),
      handle(sums, ({ all }) => void ran.push(`sums ${all.length}`)),
    ],
  });
  return { rig, ran, results };
}

describe("app.cancel", () => {
  test("a waiting job is removed, and whoever waits for its result learns it", async () => {
    const { rig, ran, results } = world();
    const { id } = await rig.app.enqueue(first, { n: 1 }, { delayMs: 10_000 });
    expect(await rig.app.cancel(id)).toEqual({ id, status: "removed", queue: "default" });
    rig.start();
    await rig.clock.advance(60_000);
    expect(ran).toEqual([]);
    expect(results.find(id)).toMatchObject({ status: "cancelled", task: "first", queue: "default" });
  });

  test("a running handler is told to stop within two seconds; it is no failure and is not run again", async () => {
    const { rig, ran, results } = world();
    const { id } = await rig.app.enqueue(first, { n: 1 });
    const { worker } = rig.start();
    await rig.clock.advance(5_000);
    expect(await rig.app.cancel(id)).toEqual({ id, status: "requested" });
    await rig.clock.advance(2_000);
    expect(ran).toEqual(["first 1", "stopped"]);
    expect(rig.trace()).toEqual(["job.enqueued", "job.started", "job.cancelled"]);
    expect(results.find(id)).toMatchObject({ status: "cancelled", task: "first" });
    expect(await worker.stop()).toMatchObject({ cancelled: 1, succeeded: 0, retried: 0, dead: 0 });
  });

  test("a handler that returns all the same has not succeeded: no value is kept, no next step sent", async () => {
    const { rig, ran, results } = world({ isDeaf: true });
    const { id } = await rig.app.start(chain([step(first, { n: 1 }), step(second, { n: 2 })]));
    rig.start();
    await rig.clock.advance(5_000);
    await rig.app.cancel(id);
    await rig.clock.advance(120_000);
    expect(ran).toEqual(["first 1", "stopped"]);
    expect(results.find(id)).toMatchObject({ status: "cancelled" });
  });

  test("a handler that does not return is given up after its grace, and its job is settled", async () => {
    const hanging = defineTask("hanging", {});
    const rig = createRig({ tasks: [hanging], handlers: [handle(hanging, () => new Promise(() => {}))] });
    const { id } = await rig.app.enqueue(hanging, {});
    rig.start();
    await rig.clock.advance(1_000);
    await rig.app.cancel(id);
    await rig.clock.advance(15_000);
    expect(rig.trace()).toEqual(["job.enqueued", "job.started", "job.stuck", "job.cancelled"]);
    expect((await (await rig.app.queue("default")).stats()).leased.n).toBe(0);
  });

  test("a flow cancelled in its second step goes on no further", async () => {
    const { rig, ran } = world();
    const line = chain([step(second, { n: 1 }), step(first, { n: 2 }), step(second, { n: 3 })]);
    const { id } = await rig.app.start(line);
    rig.start();
    await rig.clock.advance(5_000);
    expect(await rig.app.cancel(id)).toMatchObject({ status: "requested" });
    await rig.clock.advance(300_000);
    expect(ran).toEqual(["second 1", "first 2", "stopped"]);
  });

  test("a group is cancelled as a whole, its waiting members and what follows it too", async () => {
    const { rig, ran } = world();
    const members = group([1, 2, 3].map((n) => step(first, { n })));
    const { id } = await rig.app.start(chain([members, step(sums, {}, { takes: { all: "." } })]));
    const { worker } = rig.start({ concurrency: 2 });
    await rig.clock.advance(5_000);
    expect(await rig.app.cancel(id)).toEqual({ id, status: "requested" });
    await rig.clock.advance(300_000);
    expect(ran).toEqual(["first 1", "first 2", "stopped", "stopped"]);
    expect(await worker.stop()).toMatchObject({ cancelled: 3, succeeded: 0 });
  });

  test("a worker that starts later knows what was cancelled before it takes its first job", async () => {
    const { rig, ran } = world();
    const { id } = await rig.app.start(group([1, 2].map((n) => step(second, { n }))));
    await rig.app.cancel(id);
    const { worker } = rig.start();
    await rig.clock.advance(1_000);
    expect(ran).toEqual([]);
    expect(await worker.stop()).toMatchObject({ cancelled: 2 });
  });

  test("a dead letter is removed, and what has succeeded stays as it is", async () => {
    const { rig, results } = world();
    const dying = await rig.app.enqueue(first, { n: 1 }, { maxAttempts: 1, expiresInMs: 1 });
    await rig.clock.advance(1_000);
    const done = await rig.app.enqueue(second, { n: 2 });
    rig.start();
    await rig.clock.advance(1_000);
    expect(await rig.app.cancel(dying.id)).toMatchObject({ status: "removed" });
    expect((await (await rig.app.queue("default")).stats()).dead.n).toBe(0);
    expect(await rig.app.cancel(done.id)).toEqual({ id: done.id, status: "not_found" });
    expect(results.find(done.id)).toMatchObject({ status: "succeeded" });
  });

  test("without a coordination store a waiting job is removed, and for any other the refusal names what is missing", async () => {
    const { rig } = world();
    const { coordination: _, ...broker } = rig.broker;
    const app = createApp({ broker, tasks: [first], runtime: { clock: rig.clock } });
    const { id } = await app.enqueue(first, { n: 1 });
    expect(await app.cancel(id)).toMatchObject({ status: "removed" });
    await expect(app.cancel(id)).rejects.toMatchObject({ code: "unsupported", feature: "cancel" });
  });

  test("a result store that is down holds the end of a cancelled job back, not for ever lost", async () => {
    const { rig, results } = world();
    const { id } = await rig.app.enqueue(first, { n: 1 });
    rig.start();
    await rig.clock.advance(1_000);
    await rig.app.cancel(id);
    const put = results.put.bind(results);
    results.put = () => Promise.reject(new Error("the store does not answer"));
    await rig.clock.advance(10_000);
    expect(rig.trace()).not.toContain("job.cancelled");
    results.put = put;
    await rig.clock.advance(10_000);
    expect(rig.trace()).toContain("job.cancelled");
    expect(results.find(id)).toMatchObject({ status: "cancelled" });
  });
});
