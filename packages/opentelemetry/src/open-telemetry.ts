import type { Instrumentation } from "@jobs/core";
import { type InstrumentedApp, optionRules, optionsCheck } from "@jobs/core/runtime";
import {
  type MeterProvider,
  metrics,
  propagation,
  type TextMapPropagator,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import { ActiveRuns } from "./active-runs.ts";
import { jobAttributes, SCHEMA_URL, SCOPE, systemOf } from "./conventions.ts";
import { metricsOf } from "./job-metrics.ts";
import { runHooks } from "./run-hooks.ts";
import { sendHooks } from "./send-hooks.ts";
import type { Telemetry } from "./telemetry.ts";

/** Options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** Whether there are spans. Default true. */
  readonly traces?: boolean;
  /** Whether there are metrics. Default true. */
  readonly metrics?: boolean;
  /**
   * Whether a run is a child of the span that sent its job, so that both are in one trace. With `false` each run begins
   * its own trace. A link leads to the sending span in both cases. Default true.
   */
  readonly continueTrace?: boolean;
  /** Whether each job of `enqueueMany` gets a `create` span. Without it the `send` span is the parent of all. Default true. */
  readonly createSpans?: boolean;
  /** Whether each settlement gets a span. Default true. */
  readonly settleSpans?: boolean;
  /** Default: the registered one. */
  readonly tracerProvider?: TracerProvider;
  /** Default: the one that is registered when the app opens. */
  readonly meterProvider?: MeterProvider;
  /** Writes the context of a trace into headers, and reads it. Default: the registered one. */
  readonly propagator?: TextMapPropagator;
}

const { boolean, having } = optionRules;

const checkOpenTelemetryOptions = optionsCheck<OpenTelemetryOptions>({
  traces: boolean,
  metrics: boolean,
  continueTrace: boolean,
  createSpans: boolean,
  settleSpans: boolean,
  tracerProvider: having("a tracer provider", "getTracer"),
  meterProvider: having("a meter provider", "getMeter"),
  propagator: having("a propagator", "inject", "extract"),
});

/**
 * Spans, metrics and trace ids in logs for an app, by the semantic conventions of messaging. It registers no SDK: without
 * one it does nothing. Parameters of jobs never get into spans or metrics.
 * @example createApp({ tasks, handlers, broker, instrumentation: openTelemetry() })
 * @throws ConfigError for options that cannot be used
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Instrumentation {
  checkOpenTelemetryOptions(options, "openTelemetry");
  return (app) => {
    const telemetry = createTelemetry(options, app);
    return { ...sendHooks(telemetry), ...runHooks(telemetry) };
  };
}

function createTelemetry(options: OpenTelemetryOptions, app: InstrumentedApp): Telemetry {
  const system = systemOf(app.broker);
  const { continueTrace = true, createSpans = true, settleSpans = true } = options;
  const scope = { schemaUrl: SCHEMA_URL };
  const tracers = options.tracerProvider ?? trace;
  const meters = options.meterProvider ?? metrics;
  return {
    tracer: options.traces === false ? undefined : tracers.getTracer(SCOPE, undefined, scope),
    metrics: options.metrics === false ? undefined : metricsOf(meters.getMeter(SCOPE, undefined, scope)),
    propagator: options.propagator ?? propagation,
    continueTrace,
    createSpans,
    settleSpans,
    system,
    attributesOf: jobAttributes(system, app.queuePrefix),
    destinationOf: (queue) => `${app.queuePrefix}${queue}`,
    runs: new ActiveRuns(),
  };
}
