import { metrics, propagation, SpanKind, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";

/** The SDK of one test, with exporters in memory. Registered until it is disposed. */
export interface TelemetryRig extends AsyncDisposable {
  /** Ended spans, by their start. */
  spans(): readonly ReadableSpan[];
  /** The only ended span of a name, such as `process default`. */
  span(name: string): ReadableSpan;
  /** The points of a metric. */
  points(name: string): Promise<readonly DataPoint<number | Histogram>[]>;
  /** Names of all metrics, sorted. */
  metricNames(): Promise<readonly string[]>;
}

/**
 * Registers the SDK as an application does: providers, context manager, and the propagators of W3C. `sampler`: default
 * the SDK's, which takes all traces.
 */
export function registerTelemetry(sampler?: Sampler): TelemetryRig {
  const exporter = new InMemorySpanExporter();
  const tracers = new NodeTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    ...(sampler && { sampler }),
  });
  tracers.register();
  const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: measured });
  const meters = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(meters);
  const spans = () => [...exporter.getFinishedSpans()].sort((one, other) => startOf(one) - startOf(other));
  const collect = async () =>
    (await reader.collect()).resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
  return {
    spans,
    span(name) {
      const [found, ...others] = spans().filter((one) => one.name === name);
      if (found === undefined || others.length > 0) {
        const names = spans().map((one) => one.name);
        throw new Error(`expected one span ${name}, got ${names.join(", ")}`);
      }
      return found;
    },
    async points(name) {
      const found = (await collect()).find(({ descriptor }) => descriptor.name === name);
      return (found?.dataPoints ?? []) as readonly DataPoint<number | Histogram>[];
    },
    metricNames: async () => (await collect()).map(({ descriptor }) => descriptor.name).sort(),
    async [Symbol.asyncDispose]() {
      trace.disable();
      metrics.disable();
      propagation.disable();
      await Promise.all([tracers.shutdown(), meters.shutdown()]);
    },
  };
}

function startOf({ startTime: [seconds, nanoseconds] }: ReadableSpan): number {
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

/** A span in a form that a test can compare: its name and kind, and the names of the spans that it hangs on. */
export interface SpanOutline {
  readonly name: string;
  readonly kind: string;
  /** Name of its parent among the spans. */
  readonly parent: string | undefined;
  /** Names of the spans that it links to. */
  readonly links: readonly (string | undefined)[];
}

/** Outlines of spans, in the same order. */
export function outlinesOf(spans: readonly ReadableSpan[]): readonly SpanOutline[] {
  const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
  return spans.map((span) => ({
    name: span.name,
    kind: SpanKind[span.kind],
    parent: span.parentSpanContext && names.get(span.parentSpanContext.spanId),
    links: span.links.map(({ context }) => names.get(context.spanId)),
  }));
}

/** Ids of the traces that spans belong to, without repetition. */
export function tracesOf(spans: readonly ReadableSpan[]): readonly string[] {
  return [...new Set(spans.map((span) => span.spanContext().traceId))];
}
