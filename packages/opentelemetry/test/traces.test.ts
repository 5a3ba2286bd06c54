import {
  type App,
  chain,
  createApp,
  defineSchedule,
  defineTask,
  group,
  handle,
  type Schedule,
  step,
} from "@jobs/core";
import { trace } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-node";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTelemetry } from "../src/index.ts";
import { type SharedStores, STORES } from "./stores.ts";
import { outlinesOf, registerTelemetry, type TelemetryRig, tracesOf } from "./telemetry-rig.ts";

const order = defineTask("order", { item: "string" }, { maxAttempts: 3, backoff: 1 });
const invoice = defineTask("invoice", { number: "integer" });
const mail = defineTask("mail", {}, { queue: "mails" });

/** A producer and a worker on the same storage, each an app of its own. */
interface TwoApps {
  readonly telemetry: TelemetryRig;
  readonly producer: App<readonly [typeof order, typeof invoice, typeof mail]>;
  /** Runs all jobs, those that jobs send included. */
  drain(): Promise<void>;
  /** The app of the worker. */
  readonly worker: App;
}

async function openApps(
  open: () => Promise<SharedStores>,
  options: { readonly failures?: number; readonly schedules?: readonly Schedule[] } = {},
): Promise<TwoApps> {
  const telemetry = registerTelemetry();
  const stores = await open();
  const tasks = [order, invoice, mail] as const;
  let failures = options.failures ?? 0;
  const producer = createApp({
    broker: stores.broker(),
    results: stores.results(),
    tasks,
    instrumentation: openTelemetry(),
  });
  const worker = createApp({
    broker: stores.broker(),
    results: stores.results(),
    tasks,
    handlers: [
      handle(order, async (_, ctx) => {
        if (failures-- > 0) throw new TypeError("out of stock");
        await trace.getTracer("handler").startActiveSpan("reserve", async (span) => {
          await ctx.enqueue(mail, {});
          span.end();
        });
      }),
      handle(invoice, () => {}),
      handle(mail, () => {}),
    ],
    ...(options.schedules && { schedules: options.schedules }),
    instrumentation: openTelemetry(),
  });
  onTestFinished(async () => {
    await Promise.all([producer.close(), worker.close()]);
    await stores[Symbol.asyncDispose]();
    await telemetry[Symbol.asyncDispose]();
  });
  const drain = async () => {
    await worker.worker({ ownsProcess: false, until: { type: "drained" } }).run();
  };
  return { telemetry, producer, worker, drain };
}

function attemptOf({ attributes }: ReadableSpan): number {
  return Number(attributes["jobs.attempt"]);
}

describe.each(Object.keys(STORES))("traces on %s", (kind) => {
  const open = STORES[kind] as () => Promise<SharedStores>;

  it("one trace goes from the enqueue through all runs and what they send", async () => {
    const { telemetry, producer, drain } = await openApps(open, { failures: 1 });
    const { id } = await producer.enqueue(order, { item: "a book" });
    await drain();
    const spans = telemetry.spans();
    expect(tracesOf(spans)).toHaveLength(1);
    const process = {
      name: "process default",
      kind: "CONSUMER",
      parent: "send default",
      links: ["send default"],
    };
    const outlines = outlinesOf(spans);
    expect(outlines).toHaveLength(9);
    expect(outlines.filter(({ name }) => name === "process default")).toEqual([process, process]);
    expect(outlines).toEqual(
      expect.arrayContaining([
        { name: "send default", kind: "PRODUCER", parent: undefined, links: [] },
        { name: "retry default", kind: "CLIENT", parent: "process default", links: [] },
        { name: "ack default", kind: "CLIENT", parent: "process default", links: [] },
        { name: "reserve", kind: "INTERNAL", parent: "process default", links: [] },
        { name: "send mails", kind: "PRODUCER", parent: "reserve", links: [] },
        { name: "process mails", kind: "CONSUMER", parent: "send mails", links: ["send mails"] },
        { name: "ack mails", kind: "CLIENT", parent: "process mails", links: [] },
      ]),
    );
    const runs = spans
      .filter(({ name }) => name === "process default")
      .sort((one, other) => attemptOf(one) - attemptOf(other));
    expect(runs.map(({ attributes }) => attributes)).toMatchObject([
      {
        "messaging.system": kind,
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "default",
        "messaging.message.id": id,
        "jobs.task": "order",
        "jobs.attempt": 1,
        "jobs.outcome": "retried",
        "error.type": "TypeError",
      },
      { "messaging.message.id": id, "jobs.attempt": 2, "jobs.outcome": "succeeded" },
    ]);
    expect(runs[0]).toMatchObject({ status: { code: 2, message: "out of stock" } });
    expect(runs[0]?.events).toMatchObject([{ name: "exception" }]);
    expect(runs[1]?.status.code).toBe(0);
  });

  it("a flow is one trace: each step hangs on the run before it", async () => {
    const { telemetry, producer, drain } = await openApps(open);
    await producer.start(
      chain([
        step(invoice, { number: 1 }),
        group([step(invoice, { number: 2 }), step(invoice, { number: 3 })]),
        step(mail, {}),
      ]),
    );
    await drain();
    const spans = telemetry.spans();
    expect(tracesOf(spans)).toHaveLength(1);
    const outlines = outlinesOf(spans).filter(({ kind: of }) => of !== "CLIENT");
    const sent = { kind: "PRODUCER", links: [] };
    expect(outlines.filter(({ kind: of }) => of === "PRODUCER")).toEqual([
      { name: "send default", parent: undefined, ...sent },
      { name: "send default", parent: "process default", ...sent },
      { name: "send default", parent: "process default", ...sent },
      { name: "send mails", parent: "process default", ...sent },
    ]);
    expect(outlines.filter(({ kind: of }) => of === "CONSUMER")).toHaveLength(4);
  });

  it("each tick of a schedule begins a trace, which its run and what follows continue", async () => {
    const tick = defineSchedule("hourly", { everyMs: 1_000, task: order, params: { item: "a tick" } });
    const { telemetry, worker } = await openApps(open, { schedules: [tick] });
    const running = trace.getTracer("start").startActiveSpan("start of the worker", (span) => {
      const ran = worker.worker({ ownsProcess: false, until: { type: "settled", jobs: 2 } }).run();
      span.end();
      return ran;
    });
    await running;
    const [first] = telemetry.spans().filter(({ name }) => name === "send default");
    expect(first?.parentSpanContext).toBeUndefined();
    expect(first?.attributes).toMatchObject({ "jobs.schedule": "hourly", "jobs.task": "order" });
    const own = telemetry
      .spans()
      .filter((span) => span.spanContext().traceId === first?.spanContext().traceId);
    const names = outlinesOf(own).map(({ name, parent }) => [name, parent]);
    expect(names).toEqual(
      expect.arrayContaining([
        ["process default", "send default"],
        ["reserve", "process default"],
        ["send mails", "reserve"],
      ]),
    );
  });

  it("a bulk is one send span, which links to the create span of each job", async () => {
    const { telemetry, producer, drain } = await openApps(open);
    await producer.enqueueMany([
      [invoice, { number: 1 }],
      [invoice, { number: "not a number" }],
      [mail, {}],
    ]);
    await drain();
    const spans = telemetry.spans();
    const send = telemetry.span("send");
    expect(send.attributes).toMatchObject({ "messaging.batch.message_count": 3, "jobs.bulk.refused": 1 });
    expect(outlinesOf(spans)).toEqual(
      expect.arrayContaining([
        { name: "send", kind: "CLIENT", parent: undefined, links: ["create default", "create mails"] },
        { name: "create default", kind: "PRODUCER", parent: undefined, links: [] },
        { name: "create mails", kind: "PRODUCER", parent: undefined, links: [] },
        { name: "process default", kind: "CONSUMER", parent: "create default", links: ["create default"] },
        { name: "process mails", kind: "CONSUMER", parent: "create mails", links: ["create mails"] },
      ]),
    );
  });
});
