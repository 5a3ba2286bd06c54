import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import { createApp, defineTask, handle, type JobContext, type Logger, RetryLater } from "@jobs/core";
import { context, propagation, trace } from "@opentelemetry/api";
import { describe, expect, it, onTestFinished } from "vitest";
import { type OpenTelemetryOptions, openTelemetry } from "../src/index.ts";
import { outlinesOf, registerTelemetry, tracesOf } from "./telemetry-rig.ts";

const work = defineTask("work", { secret: "string?" }, { maxAttempts: 1 });

interface LogLine {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** An app on memory whose handler is `run`. */
function openApp(options: OpenTelemetryOptions, run: (ctx: JobContext) => unknown = () => {}) {
  const lines: LogLine[] = [];
  const write = (fields: LogLine["fields"], message: string) => void lines.push({ fields, message });
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  const app = createApp({
    broker: memory({ storage: createMemoryStorage() }),
    tasks: [work],
    handlers: [handle(work, (_, ctx) => run(ctx))],
    queuePrefix: "shop-",
    runtime: { logger },
    instrumentation: openTelemetry(options),
  });
  onTestFinished(() => app.close());
  const drain = () => app.worker({ ownsProcess: false, until: { type: "drained" } }).run();
  return { app, drain, lines };
}

function register() {
  const telemetry = registerTelemetry();
  onTestFinished(() => telemetry[Symbol.asyncDispose]());
  return telemetry;
}

describe("openTelemetry", () => {
  it("without an SDK jobs run as they would without it, and a given context stays", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const seen: unknown[] = [];
    const { app, drain, lines } = openApp({}, (ctx) => {
      seen.push(ctx.headers);
      ctx.log.info("at work");
    });
    await app.enqueue(work, {}, { headers: { traceparent } });
    await drain();
    expect(seen).toEqual([{ traceparent }]);
    expect(lines.find(({ message }) => message === "at work")?.fields).not.toHaveProperty("trace_id");
  });

  it("with continueTrace: false each run begins a trace, with a link to the send", async () => {
    const telemetry = register();
    const { app, drain } = openApp({ continueTrace: false });
    await app.enqueue(work, {});
    await drain();
    expect(
      outlinesOf([telemetry.span("send shop-default"), telemetry.span("process shop-default")]),
    ).toMatchObject([{}, { parent: undefined, links: ["send shop-default"] }]);
    expect(tracesOf(telemetry.spans())).toHaveLength(2);
  });

  it("with createSpans: false all jobs of a bulk hang on its send span", async () => {
    const telemetry = register();
    const { app, drain } = openApp({ createSpans: false });
    await app.enqueueMany([
      [work, {}],
      [work, {}],
    ]);
    await drain();
    const outlines = outlinesOf(telemetry.spans());
    expect(outlines.filter(({ name }) => name === "send shop-default")).toMatchObject([{ kind: "PRODUCER" }]);
    expect(outlines.filter(({ name }) => name === "process shop-default")).toMatchObject([
      { parent: "send shop-default" },
      { parent: "send shop-default" },
    ]);
    expect(outlines.some(({ name }) => name.startsWith("create"))).toBe(false);
  });

  it("with settleSpans: false a settlement has no span", async () => {
    const telemetry = register();
    const { app, drain } = openApp({ settleSpans: false });
    await app.enqueue(work, {});
    await drain();
    expect(telemetry.spans().map(({ name }) => name)).toEqual(["send shop-default", "process shop-default"]);
  });

  it("a context that the program has given to a job is not replaced; the send links to it", async () => {
    const telemetry = register();
    const { app, drain } = openApp({});
    const ids = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" };
    const headers = { traceparent: `00-${ids.traceId}-${ids.spanId}-01` };
    await app.enqueue(work, {}, { headers });
    await app.enqueueMany([[work, {}, { headers }]]);
    await drain();
    const sends = telemetry.spans().filter(({ name }) => name === "send shop-default");
    expect(sends.map(({ links }) => links)).toMatchObject([[{ context: ids }], [{ context: ids }]]);
    const runs = telemetry.spans().filter(({ name }) => name === "process shop-default");
    expect(runs.map(({ parentSpanContext }) => parentSpanContext)).toMatchObject([ids, ids]);
  });

  it("baggage reaches the handler", async () => {
    register();
    const seen: unknown[] = [];
    const { app, drain } = openApp({}, () => {
      seen.push(propagation.getActiveBaggage()?.getEntry("tenant")?.value);
    });
    const baggage = propagation.createBaggage({ tenant: { value: "acme" } });
    await context.with(propagation.setBaggage(context.active(), baggage), () => app.enqueue(work, {}));
    await drain();
    expect(seen).toEqual(["acme"]);
  });

  it("lines of ctx.log have the ids of the span that they are written in", async () => {
    const telemetry = register();
    const { app, drain, lines } = openApp({}, async (ctx) => {
      ctx.log.info("in the run");
      await trace.getTracer("handler").startActiveSpan("inner", async (span) => {
        await null;
        ctx.log.info("in a span of its own");
        span.end();
      });
    });
    await app.enqueue(work, {});
    await drain();
    const idsOf = (name: string) => {
      const { traceId, spanId } = telemetry.span(name).spanContext();
      return { trace_id: traceId, span_id: spanId, trace_flags: "01" };
    };
    const fieldsOf = (text: string) => lines.find(({ message }) => message === text)?.fields;
    expect(fieldsOf("in the run")).toMatchObject(idsOf("process shop-default"));
    expect(fieldsOf("in a span of its own")).toMatchObject(idsOf("inner"));
  });

  it("parameters and headers of jobs are in no span and no metric", async () => {
    const telemetry = register();
    const { app, drain } = openApp({}, (ctx) => {
      if (ctx.attempt === 1) throw new Error("no");
    });
    await app.enqueue(work, { secret: "hunter2" }, { headers: { tenant: "hunter2" } });
    await app.enqueueMany([[work, { secret: "hunter2" }]]);
    await expect(app.enqueue(work, { secret: 5 as never })).rejects.toThrow();
    await drain();
    const names = await telemetry.metricNames();
    const points = await Promise.all(names.map((name) => telemetry.points(name)));
    const spans = telemetry.spans().map(({ name, attributes, events, status, links }) => ({
      name,
      attributes,
      events,
      status,
      links,
    }));
    expect(spans.length).toBeGreaterThan(5);
    expect(JSON.stringify([spans, points])).not.toContain("hunter2");
  });

  it("a dead letter and a postponed run have their outcome; asking for another time is no error", async () => {
    const telemetry = register();
    let runs = 0;
    const { app, drain } = openApp({}, () => {
      if (runs++ === 0) throw new RetryLater(1);
      throw new Error("no");
    });
    await app.enqueue(work, {});
    await drain();
    const processes = telemetry.spans().filter(({ name }) => name === "process shop-default");
    expect(processes).toMatchObject([
      { attributes: { "jobs.outcome": "snoozed", "jobs.delay_ms": 1 }, status: { code: 0 }, events: [] },
      { attributes: { "jobs.outcome": "dead", "jobs.reason": "exhausted" }, status: { code: 2 } },
    ]);
    expect(telemetry.span("snooze shop-default").attributes["messaging.operation.type"]).toBe("settle");
    expect(telemetry.span("dead_letter shop-default").attributes["messaging.operation.type"]).toBe("settle");
  });

  it("refuses options that it does not know", () => {
    expect(() => openTelemetry({ trace: false } as never)).toThrow(
      expect.objectContaining({ code: "invalid_config", hint: 'Did you mean "traces"?' }),
    );
  });
});
