import type { Context, TextMapGetter, TextMapSetter, Tracer } from "@opentelemetry/api";
import type { ActiveRuns } from "./active-runs.ts";
import type { JobAttributes } from "./conventions.ts";
import type { JobMetrics } from "./job-metrics.ts";

/** What the hooks of one app share. */
export interface Telemetry {
  /** `undefined`: no spans. */
  readonly tracer: Tracer | undefined;
  /** `undefined`: no metrics. */
  readonly metrics: JobMetrics | undefined;
  readonly propagator: HeaderPropagator;
  readonly continueTrace: boolean;
  readonly createSpans: boolean;
  readonly settleSpans: boolean;
  /** The value of `messaging.system`. */
  readonly system: string;
  /** Full name of a queue on the broker. */
  destinationOf(queue: string): string;
  /** Attributes of the jobs of a task in a queue, whose name has no prefix. */
  attributesOf(queue: string, task: string): JobAttributes;
  readonly runs: ActiveRuns;
}

/** Headers of a job. */
export type Headers = Readonly<Record<string, string>>;

/** The part of a propagator that is used; the registered one has it too. */
export interface HeaderPropagator {
  inject(
    context: Context,
    carrier: Record<string, string>,
    setter: TextMapSetter<Record<string, string>>,
  ): void;
  extract(context: Context, carrier: Headers, getter: TextMapGetter<Headers>): Context;
}
