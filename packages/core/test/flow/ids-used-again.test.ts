import { memoryResults } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import { chain, defineTask, group, handle, RetryLater, step } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const double = defineTask("double", { n: "integer" }, { maxAttempts: 1 });
const greet = defineTask("greet", { name: "string" });
const sums = defineTask("sums", { all: "array" });

/** Jobs with ids of their own, a handler that may fail, and one that may put itself off. */
function world() {
  const state = { isBroken: false, isBusy: false };
  const ran: string[] = [];
  const results = memoryResults();
  const rig = createRig({
    tasks: [double, greet, sums],
    results,
    handlers: [
      handle(double, ({ n }) => {
        if (state.isBusy) throw new RetryLater(60_000);
        ran.push(`double ${n}`);
        if (state.isBroken) throw new RangeError("broken");
        return n * 2;
      }),
      handle(greet, ({ name }) => {
        ran.push(`greet ${name}`);
        return `hello ${name}`;
      }),
      handle(sums, ({ all }) => {
        ran.push(`sums ${all.join("+")}`);
        return all.length;
      }),
    ],
  });
  return { rig, results, ran, state };
}

describe("an id used again", () => {
  test("a wait for the new job takes no result of an earlier job of the id, of whatever task", async () => {
    const { rig } = world();
    rig.start();
    await rig.app.enqueue(double, { n: 4 }, { id: "order-17" });
    await rig.clock.advance(1_000);
    const { enqueuedAt } = await rig.app.enqueue(greet, { name: "Ada" }, { id: "order-17", delayMs: 10_000 });
    const inVain = rig.app.result("order-17", { waitMs: 5_000, since: enqueuedAt });
    await rig.clock.advance(5_001);
    expect(await inVain).toBeUndefined();
    expect(await rig.app.result("order-17")).toMatchObject({ value: 8 });
    const waiting = rig.app.result("order-17", { waitMs: 10_000, since: enqueuedAt });
    await rig.clock.advance(6_000);
    expect(await waiting).toMatchObject({ task: "greet", value: "hello Ada", enqueuedAt });
  });

  test("what became of the new job takes the place of a kept success, also when it dies or is cancelled", async () => {
    const { rig, results, state } = world();
    rig.start();
    await rig.app.enqueue(double, { n: 1 }, { id: "order-17" });
    await rig.clock.advance(1_000);
    state.isBroken = true;
    await rig.app.enqueue(double, { n: 2 }, { id: "order-17" });
    await rig.clock.advance(1_000);
    expect(results.find("order-17")).toMatchObject({ status: "dead", error: { message: "broken" } });
    await (await rig.app.queue("default")).remove(["order-17"]);
    state.isBroken = false;
    await rig.app.enqueue(double, { n: 3 }, { id: "order-17" });
    await rig.clock.advance(1_000);
    expect(results.find("order-17")).toMatchObject({ status: "succeeded", value: 6 });
    await rig.app.enqueue(double, { n: 4 }, { id: "order-17", delayMs: 10_000 });
    await rig.app.cancel("order-17");
    expect(results.find("order-17")).toMatchObject({ status: "cancelled" });
  });

  test("while a job of the id is stored, a second one is a duplicate and says no time of its own", async () => {
    const { rig } = world();
    const first = await rig.app.enqueue(double, { n: 1 }, { id: "order-17" });
    expect(first).toMatchObject({ status: "enqueued", enqueuedAt: rig.clock.now() });
    const second = await rig.app.enqueue(double, { n: 2 }, { id: "order-17" });
    expect(second.status).toBe("duplicate");
    expect(second.enqueuedAt).toBeUndefined();
  });

  test("a chain that has ended is run anew under its id: no step takes the value of the chain before", async () => {
    const { rig, ran, results } = world();
    rig.start();
    const line = (n: number) => chain([step(double, { n }), step(greet, {}, { takes: { name: "." } })]);
    const lines = (n: number) => chain([step(double, { n }), step(sums, { all: [n] })]);
    await rig.app.start(lines(1), { id: "nightly-7" });
    await rig.clock.advance(1_000);
    const { lastId, startedAt } = await rig.app.start(lines(2), { id: "nightly-7" });
    await rig.clock.advance(1_000);
    expect(ran).toEqual(["double 1", "sums 1", "double 2", "sums 2"]);
    expect(results.find(lastId)).toMatchObject({ task: "sums", enqueuedAt: startedAt });
    await rig.app.start(line(3), { id: "nightly-7" });
    await rig.clock.advance(1_000);
    expect(results.find("nightly-7")).toMatchObject({ value: 6 });
  });

  test("a chain that is started again while it is under way is one chain, whose end both have", async () => {
    const { rig, ran, state } = world();
    rig.start();
    const line = chain([step(sums, { all: [1, 2] }), step(double, { n: 2 })]);
    state.isBusy = true;
    const first = await rig.app.start(line, { id: "nightly-7" });
    await rig.clock.advance(10_000);
    const second = await rig.app.start(line, { id: "nightly-7" });
    expect(second).toMatchObject({ startedAt: first.startedAt, jobs: [{ status: "enqueued" }] });
    state.isBusy = false;
    const waiting = rig.app.result(second.lastId, { waitMs: 120_000, since: second.startedAt });
    await rig.clock.advance(120_000);
    expect(await waiting).toMatchObject({ value: 4 });
    expect(ran).toEqual(["sums 1+2", "double 2"]);
  });

  test("what a group that never went on has left does not count in a new group of the id", async () => {
    const { rig, ran, state } = world();
    rig.start();
    const both = (n: number, delayMs: number) =>
      chain([
        group([step(greet, { name: `${n}` }, { delayMs }), step(double, { n })]),
        step(sums, {}, { takes: { all: "." } }),
      ]);
    state.isBroken = true;
    const { jobs } = await rig.app.start(both(1, 0), { id: "group-7" });
    await rig.clock.advance(1_000);
    await rig.app.cancel("group-7");
    await (await rig.app.queue("default")).remove(jobs.map(({ id }) => id));
    state.isBroken = false;
    await rig.clock.advance(1_000);
    await rig.app.start(both(2, 2_000), { id: "group-7" });
    await rig.clock.advance(5_000);
    expect(ran.slice(2)).toEqual(["double 2", "greet 2", "sums hello 2+4"]);
  });

  test("an id that was cancelled does not cancel a new job of it, of a flow neither", async () => {
    const { rig, ran, state } = world();
    rig.start();
    state.isBusy = true;
    await rig.app.enqueue(double, { n: 1 }, { id: "order-17" });
    await rig.app.start(chain([step(double, { n: 5 })]), { id: "nightly-7" });
    await rig.clock.advance(1_000);
    await rig.app.cancel("order-17");
    await rig.app.cancel("nightly-7");
    await rig.app.cancel("never-seen");
    state.isBusy = false;
    await rig.clock.advance(120_000);
    expect(ran).toEqual([]);
    await rig.app.enqueue(double, { n: 2 }, { id: "order-17" });
    await rig.app.start(chain([step(double, { n: 6 })]), { id: "nightly-7" });
    await rig.app.enqueue(double, { n: 3 }, { id: "never-seen" });
    await rig.clock.advance(5_000);
    expect(ran).toEqual(["double 2", "double 6", "double 3"]);
  });

  test("a waiting job that was cancelled can be enqueued again in the same moment", async () => {
    const { rig, ran } = world();
    await rig.app.enqueue(double, { n: 1 }, { id: "order-17" });
    expect(await rig.app.cancel("order-17")).toMatchObject({ status: "removed" });
    await rig.app.enqueue(double, { n: 2 }, { id: "order-17" });
    rig.start();
    await rig.clock.advance(1_000);
    expect(ran).toEqual(["double 2"]);
  });

  test("an old dead letter hides no newer job of its id from a cancellation, where no other jobs are shown", async () => {
    const ran: string[] = [];
    const rig = createRig({
      tasks: [double, greet],
      handlers: [
        handle(double, ({ n }) => void ran.push(`double ${n}`)),
        handle(greet, ({ name }) => void ran.push(`greet ${name}`)),
      ],
      queues: ["default", "letters"],
      capabilities: { peek: "dead", remove: false },
    });
    await rig.app.enqueue(double, { n: 1 }, { id: "order-17", expiresInMs: 1 });
    await rig.clock.advance(1_000);
    rig.start({ queues: ["default", "letters"] });
    await rig.clock.advance(1_000);
    expect(rig.trace()).toContain("job.dead");
    await rig.app.enqueue(greet, { name: "Ada" }, { id: "order-17", queue: "letters", delayMs: 10_000 });
    await rig.clock.advance(1_000);
    expect(await rig.app.cancel("order-17")).toMatchObject({ status: "requested" });
    await rig.clock.advance(20_000);
    expect(ran).toEqual([]);
    expect(rig.trace().at(-1)).toBe("job.cancelled");
  });
});
