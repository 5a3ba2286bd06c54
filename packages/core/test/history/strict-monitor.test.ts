import { expect, test } from "vitest";
import { type App, defineTask, handle, type LifecycleEvent } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const work = defineTask("work", { follow: "boolean?" });

function strictRig() {
  return createRig({
    tasks: [work],
    monitor: "monitor",
    monitorStrict: true,
    handlers: [
      handle(work, async ({ follow }, ctx) => {
        if (follow) await ctx.enqueue(work, {});
      }),
    ],
  });
}

/** The events that lie in the monitor's queue. */
async function storedEvents(app: App): Promise<readonly LifecycleEvent[]> {
  const { messages } = await (await app.queue("monitor")).peek({ state: "ready", limit: 100 });
  return messages.flatMap(
    ({ body }) => (JSON.parse(body) as { params: { events: LifecycleEvent[] } }).params.events,
  );
}

const enqueuedIn = async (app: App) =>
  (await storedEvents(app)).flatMap((event) => (event.type === "job.enqueued" ? [event.job.id] : []));

test("strict: an enqueue is answered only when its event lies in the monitor's queue [T7]", async () => {
  const { app } = strictRig();
  const { id } = await app.enqueue(work, {});
  expect(await enqueuedIn(app)).toEqual([id]);
  const many = await app.enqueueMany([
    ["work", {}],
    ["work", {}],
  ]);
  expect(many.map(({ status }) => status)).toEqual(["enqueued", "enqueued"]);
  expect(await enqueuedIn(app)).toHaveLength(3);
});

test("strict: without it the answer comes first [T7]", async () => {
  const { app } = createRig({ tasks: [work], monitor: "monitor" });
  await app.enqueue(work, {});
  expect(await enqueuedIn(app)).toEqual([]);
});

test("strict: follow-ups of handlers too [T7]", async () => {
  const rig = strictRig();
  await rig.app.enqueue(work, { follow: true });
  rig.start({ until: { type: "settled", jobs: 1 } });
  await rig.clock.advance(100);
  expect(await enqueuedIn(rig.app)).toHaveLength(2);
});

test("strict: a job whose event is not stored is refused as perhaps sent; its event follows, and the same id is safe [T7]", async () => {
  const rig = strictRig();
  rig.faults.send = (queue) => (queue === "monitor" ? new Error("the monitor's queue is full") : undefined);
  const refused = rig.app.enqueue(work, {}, { id: "once" }).catch((error: unknown) => error);
  await rig.clock.advance(5_000);
  expect(await refused).toMatchObject({
    code: "broker_unavailable",
    maybeSent: true,
    retryable: true,
    queue: "monitor",
  });
  delete rig.faults.send;
  expect(await rig.app.enqueue(work, {}, { id: "once" })).toMatchObject({ status: "duplicate" });
  expect(await enqueuedIn(rig.app)).toEqual(["once"]);
});

test("strict: a monitor's queue that never answers holds an enqueue for 5 s [T7]", async () => {
  const rig = strictRig();
  rig.faults.send = (queue) => (queue === "monitor" ? new Promise<never>(() => {}) : undefined);
  const refused = rig.app.enqueue(work, {}).catch((error: unknown) => error);
  await rig.clock.advance(5_001);
  expect(await refused).toMatchObject({ code: "broker_unavailable", maybeSent: true });
});
