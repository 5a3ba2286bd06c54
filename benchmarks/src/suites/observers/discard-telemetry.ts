import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from "@opentelemetry/sdk-metrics";
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-node";

/** The code of a successful export. */
const EXPORTED = { code: 0 };

/** Takes spans and keeps none: what a collector costs is not measured. */
const spanExporter: SpanExporter = {
  export: (_, done) => done(EXPORTED),
  shutdown: async () => {},
};

const metricExporter: PushMetricExporter = {
  export: (_, done) => done(EXPORTED),
  forceFlush: async () => {},
  shutdown: async () => {},
};

/** Registers a tracer provider as applications have it. `ratio` is the sampled part of the traces, from 0 to 1. */
export function registerTracers(ratio: number): NodeTracerProvider {
  const tracers = new NodeTracerProvider({
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor(spanExporter)],
  });
  tracers.register();
  return tracers;
}

/** Metrics that are read once a second. */
export function createMeters(): MeterProvider {
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 1_000 });
  return new MeterProvider({ readers: [reader] });
}
