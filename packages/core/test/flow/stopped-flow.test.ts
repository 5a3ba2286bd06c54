import { memoryResults } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import { chain, defineTask, group, handle, RetryLater, step } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const fails = defineTask("fails", {}, { maxAttempts: 1 });
const works = defineTask("works", {});
const waits = defineTask("waits", {});
const takes = defineTask("takes", { text: "string" });

/** A task that fails while it is broken, one that works, and one that puts itself off for ever. */
function world() {
  const state = { isBroken: true };
  const results = memoryResults();
  const rig = createRig({
    tasks: [fails, works, waits, takes],
    results,
    handlers: [
      handle(fails, () => {
        if (state.isBroken) throw new RangeError("no luck");
        return "x".repeat(10);
      }),
      handle(works, () => 1),
      handle(waits, () => {
        throw new RetryLater(5_000);
      }),
      handle(takes, ({ text }) => text.length),
    ],
  });
  const redrive = async () => (await rig.app.queue("default")).redrive({ limit: 1 });
  return { rig, results, state, redrive };
}

describe("a flow that cannot go on", () => {
  test("whoever waits for the last step learns at once which step is dead, and why", async () => {
    const { rig, results } = world();
    const { lastId, stepIds } = await rig.app.start(
      chain([step(works, {}), step(fails, {}), step(works, {})]),
    );
    const waiting = rig.app.result(lastId, { waitMs: 600_000 });
    rig.start();
    await rig.clock.advance(2_000);
    const message = `step fails (job ${stepIds[1]}) of the flow is dead: RangeError: no luck`;
    expect(await waiting).toMatchObject({
      id: lastId,
      task: "works",
      queue: "default",
      status: "dead",
      stoppedBy: stepIds[1],
      error: { message, code: "flow_stopped" },
    });
    expect(results.find(stepIds[0] ?? "")).toMatchObject({ status: "succeeded" });
    expect(results.find(stepIds[1] ?? "")?.stoppedBy).toBeUndefined();
  });

  test("put back, the flow goes on, and its values take the place of what was told", async () => {
    const { rig, results, state, redrive } = world();
    const { lastId } = await rig.app.start(chain([step(fails, {}), step(works, {}), step(works, {})]));
    rig.start();
    await rig.clock.advance(1_000);
    expect(results.find(lastId)?.status).toBe("dead");
    state.isBroken = false;
    await redrive();
    await rig.clock.advance(5_000);
    expect(results.find(lastId)).toMatchObject({ status: "succeeded", value: 1 });
  });

  test("a member of a group stops its line, the group around it, and all that follows them", async () => {
    const { rig, results, state, redrive } = world();
    const line = chain([step(fails, {}), step(works, {})]);
    const inner = chain([group([line, step(works, {})]), step(works, {})]);
    const { stepIds, jobs } = await rig.app.start(chain([group([inner, step(works, {})]), step(works, {})]));
    rig.start();
    await rig.clock.advance(1_000);
    const dead = jobs.find(({ task }) => task === "fails")?.id;
    for (const id of stepIds) expect(results.find(id)).toMatchObject({ status: "dead", stoppedBy: dead });
    state.isBroken = false;
    await redrive();
    await rig.clock.advance(5_000);
    for (const id of stepIds) expect(results.find(id)).toMatchObject({ status: "succeeded" });
  });

  test("a step that is set aside without a run tells it as well", async () => {
    const { rig, results } = world();
    const newer = defineTask("takes", { text: "string", size: "number" });
    const other = rig.other({ tasks: [works, newer], results });
    const { lastId } = await other.start(
      chain([step(works, {}), step(newer, { text: "x", size: 1 }), step(works, {})]),
    );
    rig.start();
    await rig.clock.advance(3_600_000);
    expect(results.find(lastId)).toMatchObject({
      status: "dead",
      error: { message: expect.stringMatching(/^step takes .* is dead: SignatureError/) },
    });
  });

  test("a step whose value is kept, and which could not send the next one, tells it", async () => {
    const { rig, results, state } = world();
    state.isBroken = false;
    const { id, lastId } = await rig.app.start(
      chain([step(fails, {}), step(works, {}, { queue: "x".repeat(600) })]),
    );
    rig.start();
    // What is wrong with a place rather than a job is waited for, five minutes long.
    await rig.clock.advance(400_000);
    expect(results.find(id)).toMatchObject({ status: "succeeded" });
    expect(results.find(lastId)).toMatchObject({
      status: "dead",
      stoppedBy: id,
      error: { message: expect.stringContaining('completion step "chain"') },
    });
  });

  test("cancelled while it waits or while it runs, it tells that the rest was cancelled", async () => {
    const { rig, results } = world();
    const waiting = await rig.app.start(chain([step(works, {}, { delayMs: 60_000 }), step(works, {})]));
    expect(await rig.app.cancel(waiting.id)).toMatchObject({ status: "removed" });
    expect(results.find(waiting.lastId)).toMatchObject({ status: "cancelled", stoppedBy: waiting.id });
    const running = await rig.app.start(chain([step(works, {}), step(waits, {}), step(works, {})]));
    rig.start();
    await rig.clock.advance(1_000);
    await rig.app.cancel(running.id);
    await rig.clock.advance(20_000);
    const stopped = { status: "cancelled", stoppedBy: running.stepIds[1], task: "works" };
    expect(results.find(running.lastId)).toMatchObject(stopped);
  });

  test("a death that is kept late does not undo what the flow has done since", async () => {
    const { rig, results, state, redrive } = world();
    const { id, lastId } = await rig.app.start(chain([step(fails, {}), step(waits, {})]));
    const put = results.put.bind(results);
    results.put = async (result, ttlMs) => {
      if (result.status === "dead") throw new Error("the store does not answer");
      await put(result, ttlMs);
    };
    rig.start();
    await rig.clock.advance(100);
    state.isBroken = false;
    await redrive();
    await rig.clock.advance(2_000);
    expect(results.find(id)).toMatchObject({ status: "succeeded" });
    results.put = put;
    await rig.clock.advance(30_000);
    expect(results.find(lastId)).toBeUndefined();
  });
});
