import { memoryResults } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import type { InstrumentationHooks, InstrumentedApp, JobToSend } from "../../src/entries/runtime.ts";
import { chain, defineTask, handle, type Instrumentation, step } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const first = defineTask("first", { mode: "string?" }, { maxAttempts: 1 });
const second = defineTask("second", {});

/** An instrumentation with the given hooks, and the apps that it was set up for. */
function hooked(hooks: InstrumentationHooks) {
  const apps: InstrumentedApp[] = [];
  const instrumentation: Instrumentation = (app) => {
    apps.push(app);
    return hooks;
  };
  return { apps, instrumentation };
}

/** Writes down each job that is sent, and gives it a header. */
function recordingSends() {
  const sent: JobToSend[] = [];
  const send: InstrumentationHooks["send"] = (job, next) => {
    sent.push(job);
    return next({ traceparent: `trace ${sent.length}` });
  };
  return { sent, send };
}

describe("an instrumentation", () => {
  test("is set up once, when the app opens, and knows its broker", async () => {
    const { apps, instrumentation } = hooked({});
    const rig = createRig({ tasks: [first], instrumentation, queuePrefix: "shop-" });
    expect(apps).toEqual([]);
    await rig.app.enqueue(first, {});
    await rig.app.enqueue(first, {});
    expect(apps).toEqual([{ broker: "memory", queuePrefix: "shop-" }]);
  });

  test("wraps each send: it sees the job without parameters, and adds headers", async () => {
    const { sent, send } = recordingSends();
    const seen: unknown[] = [];
    const rig = createRig({
      tasks: [first],
      handlers: [handle(first, (_, ctx) => void seen.push(ctx.headers))],
      instrumentation: hooked({ send }).instrumentation,
    });
    const options = { id: "one", headers: { tenant: "acme", traceparent: "own" }, domain: "eu" };
    await rig.app.enqueue(first, { mode: "secret" }, options);
    const { headers } = options;
    expect(sent).toEqual([
      {
        task: "first",
        queue: "default__eu",
        id: "one",
        headers,
        inherited: {},
        parent: undefined,
        bulk: undefined,
      },
    ]);
    rig.start({ queues: ["default__eu"], until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(seen).toEqual([{ tenant: "acme", traceparent: "trace 1" }]);
  });

  test("sees which job sends a job, in a handler and in a flow, with the headers that it inherits", async () => {
    const { sent, send } = recordingSends();
    const rig = createRig({
      tasks: [first, second],
      handlers: [handle(first, (_, ctx) => ctx.enqueue(second, {})), handle(second, () => {})],
      results: memoryResults(),
      instrumentation: hooked({ send }).instrumentation,
    });
    await rig.app.start(chain([step(first, {}), step(second, {})]), {
      id: "flow",
      headers: { tenant: "acme" },
    });
    rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    const [start, ...rest] = sent;
    expect(start).toMatchObject({ task: "first", headers: { tenant: "acme" }, inherited: {} });
    expect(start?.parent).toBeUndefined();
    const inherited = { traceparent: "trace 1" };
    expect(rest).toMatchObject([
      { task: "second", parent: "flow", headers: {}, inherited },
      { task: "second", parent: "flow", headers: {}, inherited },
    ]);
  });

  test("wraps a bulk, whose sends know it; a refused item is not sent", async () => {
    const { sent, send } = recordingSends();
    const bulks: unknown[] = [];
    const rig = createRig({
      tasks: [first],
      instrumentation: hooked({
        send,
        sendMany(bulk, next) {
          bulks.push(bulk);
          return next();
        },
      }).instrumentation,
    });
    const results = await rig.app.enqueueMany([
      [first, {}],
      [first, { wrong: 1 }],
      [first, {}, { headers: { tenant: "acme" } }],
    ]);
    expect(results.map(({ status }) => status)).toEqual(["enqueued", "refused", "enqueued"]);
    expect(bulks).toEqual([{ size: 3 }]);
    expect(sent.map(({ bulk }) => bulk)).toEqual([bulks[0], bulks[0]]);
    expect(sent[1]?.bulk).toBe(bulks[0]);
    expect(sent[1]?.headers).toEqual({ tenant: "acme" });
  });

  test("an error of its send hook fails the enqueue", async () => {
    const { instrumentation } = hooked({ send: () => Promise.reject(new Error("no")) });
    const rig = createRig({ tasks: [first], instrumentation });
    await expect(rig.app.enqueue(first, {})).rejects.toThrow("no");
    expect(await rig.app.stats("default")).toMatchObject({ ready: { n: 0 } });
  });

  test("wraps executor, middleware and handler of a run; its events have the same object", async () => {
    const order: string[] = [];
    const refs: unknown[] = [];
    const { instrumentation } = hooked({
      run(run, job, next) {
        refs.push(run);
        order.push(`hook ${job.task} ${run.attempt}`);
        return next();
      },
      observe: (event) => void ("job" in event && event.type !== "job.enqueued" && refs.push(event.job)),
    });
    const rig = createRig({
      tasks: [first],
      around: [(_, next) => next().finally(() => order.push("middleware ends"))],
      handlers: [handle(first, () => void order.push("handler"))],
      instrumentation,
    });
    await rig.app.enqueue(first, {});
    rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    expect(order).toEqual(["hook first 1", "handler", "middleware ends"]);
    // job.started, the hook, job.succeeded
    expect(refs).toHaveLength(3);
    expect(new Set(refs).size).toBe(1);
  });

  test("adds fields to lines of ctx.log, in the log and with the job, and cannot break them", async () => {
    let calls = 0;
    const { instrumentation } = hooked({
      logFields(run) {
        if (++calls === 2) throw new Error("no");
        return { trace_id: `trace of ${run.id}`, step: "not the handler's" };
      },
    });
    const rig = createRig({
      tasks: [first],
      handlers: [
        handle(first, (_, ctx) => {
          ctx.log.info("one", { step: 1, kept: true });
          ctx.log.info("two", { step: 2 });
        }),
      ],
      instrumentation,
    });
    await rig.app.enqueue(first, {}, { id: "job" });
    rig.start({ until: { type: "drained" } });
    await rig.clock.advance(1_000);
    const fields = { trace_id: "trace of job", step: "not the handler's", kept: true };
    const lineOf = (text: string) => rig.logs.find(({ message }) => message === text)?.fields;
    expect(lineOf("one")).toMatchObject({ job: "job", ...fields });
    expect(lineOf("two")).toMatchObject({ job: "job", step: 2 });
    expect(rig.events.filter(({ type }) => type === "job.log")).toMatchObject([
      { fields },
      { fields: { step: 2 } },
    ]);
  });

  test("events for a monitor are sent without its hooks", async () => {
    const { sent, send } = recordingSends();
    const { instrumentation } = hooked({ send });
    const rig = createRig({ tasks: [first], monitor: "monitor", instrumentation });
    await rig.app.enqueue(first, {});
    await rig.clock.advance(5_000);
    expect(await rig.app.stats("monitor")).toMatchObject({ ready: { n: 1 } });
    expect(sent.map(({ queue }) => queue)).toEqual(["default"]);
  });
});

test("a lease that is lost at the settlement of a failed run is an event, as one that is lost before", async () => {
  const rig = createRig({
    tasks: [second],
    handlers: [
      handle(second, () => {
        throw new Error("no");
      }),
    ],
  });
  rig.faults.settle = (settlements) => settlements.map(() => ({ status: "lost" as const }));
  await rig.app.enqueue(second, {});
  const { worker, report } = rig.start();
  await rig.clock.advance(100);
  expect(rig.trace()).toContain("job.lease_lost");
  void worker.stop();
  await rig.clock.advance(1_000);
  expect(await report).toMatchObject({ leasesLost: 1 });
});
