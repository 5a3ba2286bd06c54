import type { JobContext, LifecycleEvent, RunRef } from "@jobs/core";
import { errorOf } from "@jobs/core/broker";
import type { InstrumentationHooks } from "@jobs/core/runtime";
import {
  type Attributes,
  context,
  defaultTextMapGetter,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { type ActiveRun, monotonicMs, type RunTrace, runOf, withRun } from "./active-runs.ts";
import { ATTR, attributesOf, type JobAttributes, type Operation, PROCESS, SETTLE } from "./conventions.ts";
import { errorTypeOf, failSpan } from "./span-errors.ts";
import type { Telemetry } from "./telemetry.ts";

/** Spans, metrics and log fields of runs. */
export function runHooks(telemetry: Telemetry): InstrumentationHooks {
  const runs = new RunTelemetry(telemetry);
  const observe = (event: LifecycleEvent) => runs.observe(event);
  if (telemetry.tracer === undefined) return { observe };
  return { observe, run: (run, job, next) => runs.run(run, job, next), logFields };

  /** Of the span in which the line is written; where the context is lost, of the run's own. */
  function logFields(job: RunRef): Readonly<Record<string, unknown>> | undefined {
    const active = context.active();
    const span = runOf(active)?.job === job ? trace.getSpan(active) : telemetry.runs.find(job)?.trace?.span;
    const ids = span?.spanContext();
    if (ids === undefined || !isSpanContextValid(ids)) return undefined;
    const trace_flags = ids.traceFlags.toString(16).padStart(2, "0");
    return { trace_id: ids.traceId, span_id: ids.spanId, trace_flags };
  }
}

type EventOf<Type extends LifecycleEvent["type"]> = Extract<LifecycleEvent, { readonly type: Type }>;

/** How a run ended. */
interface RunEnd {
  readonly job: RunRef;
  readonly outcome: string;
  /** What the broker was told; `undefined` where nothing was told, or it has not answered. */
  readonly settlement: Operation | undefined;
  readonly delayMs?: number;
  readonly reason?: string;
  /** The settlement failed with it. */
  readonly errorType?: string;
}

class RunTelemetry {
  readonly #telemetry: Telemetry;

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry;
  }

  /** Calls a handler in the context of its `process` span. The span ends with the run's outcome. */
  run(ref: RunRef, job: JobContext, next: () => unknown): unknown {
    const run = this.#telemetry.runs.find(ref);
    if (run === undefined) return next();
    const started = this.#startProcess(run, job);
    if (started === undefined) return next();
    const returned = context.with(started.context, next);
    const ended = () => {
      run.handlerMs = monotonicMs() - run.startedMs;
    };
    if (!(returned instanceof Promise)) ended();
    // Events of a success and of a failure have the time, too. Only a span is worth a promise more for the others.
    else if (started.span.isRecording()) returned.then(ended, ended);
    return returned;
  }

  observe(event: LifecycleEvent): void {
    switch (event.type) {
      case "job.started":
        return this.#started(event);
      case "job.failed":
        return this.#failed(event);
      case "job.succeeded":
        this.#processed(event, undefined);
        return this.#end({ job: event.job, outcome: "succeeded", settlement: SETTLE.ack });
      case "job.retried":
        this.#telemetry.metrics?.retries.add(this.#attributesOf(event.job).counted);
        return this.#end({ ...event, outcome: "retried", settlement: SETTLE.retry });
      case "job.dead":
        return this.#dead(event);
      case "job.held":
        return this.#telemetry.metrics?.holds.add(this.#withReason(event.job, event.reason));
      case "job.snoozed":
        return this.#end({ ...event, outcome: "snoozed", settlement: SETTLE.snooze });
      case "job.released":
        return this.#end({ job: event.job, outcome: "released", settlement: SETTLE.release });
      case "job.cancelled":
        return this.#end({ job: event.job, outcome: "cancelled", settlement: SETTLE.ack });
      case "job.lease_lost":
        this.#telemetry.metrics?.leasesLost.add(this.#attributesOf(event.job).counted);
        return this.#end({ job: event.job, outcome: "lease_lost", settlement: undefined });
      case "job.ack_lost":
        this.#telemetry.metrics?.acksLost.add(this.#attributesOf(event.job).counted);
        return this.#end({
          job: event.job,
          outcome: "ack_lost",
          settlement: SETTLE.ack,
          errorType: "ack_lost",
        });
      case "worker.stopped":
        return this.#stopped(event);
    }
  }

  #startProcess(run: ActiveRun, job: JobContext): RunTrace | undefined {
    const { tracer, propagator, continueTrace } = this.#telemetry;
    if (tracer === undefined) return undefined;
    // Not in the active context: that of a worker's code is whatever was active when the worker was started.
    const carried = propagator.extract(ROOT_CONTEXT, job.headers, defaultTextMapGetter);
    const creation = trace.getSpanContext(carried);
    const parent = continueTrace ? carried : trace.deleteSpan(carried);
    const span = tracer.startSpan(
      `process ${run.attributes.destination}`,
      {
        kind: SpanKind.CONSUMER,
        startTime: run.startedAt,
        attributes: run.attributes.of(PROCESS),
        links: creation === undefined ? [] : [{ context: creation }],
      },
      parent,
    );
    describeRun(span, run);
    const started = { span, context: withRun(trace.setSpan(parent, span), run) };
    run.trace = started;
    return started;
  }

  #started({ job, worker }: EventOf<"job.started">): void {
    const { runs, metrics } = this.#telemetry;
    const attributes = this.#telemetry.attributesOf(job.queue, job.task);
    runs.start(job, worker, attributes);
    metrics?.consumed.add(attributes.of(PROCESS));
    metrics?.active.add(attributes.counted);
  }

  #failed(event: EventOf<"job.failed">): void {
    const run = this.#telemetry.runs.find(event.job);
    if (run !== undefined) run.error = event.error;
    this.#processed(event, errorTypeOf(event.error));
  }

  #dead(event: EventOf<"job.dead">): void {
    const { job, reason, error } = event;
    const run = this.#telemetry.runs.find(job);
    if (run !== undefined) run.error ??= error;
    this.#telemetry.metrics?.deadLetters.add(this.#withReason(job, reason));
    this.#end({ job, reason, outcome: "dead", settlement: SETTLE.deadLetter });
  }

  /** A handler has ended. Where no hook was around it, this event shows when. */
  #processed(
    { job, durationMs }: EventOf<"job.failed" | "job.succeeded">,
    errorType: string | undefined,
  ): void {
    const { runs, metrics } = this.#telemetry;
    const run = runs.find(job);
    if (run !== undefined) run.handlerMs ??= durationMs;
    if (metrics === undefined) return;
    const attributes = run?.attributes ?? this.#attributesOf(job);
    metrics.processDuration.record(durationMs / 1_000, attributes.of(PROCESS, errorType));
  }

  #end(end: RunEnd): void {
    const { runs, metrics } = this.#telemetry;
    const run = runs.end(end.job);
    if (run === undefined) return;
    const settledMs = monotonicMs() - run.startedMs;
    const handlerMs = Math.min(run.handlerMs ?? settledMs, settledMs);
    metrics?.active.add(run.attributes.counted, -1);
    if (end.settlement !== undefined) {
      const attributes = run.attributes.of(end.settlement, end.errorType);
      metrics?.operationDuration.record((settledMs - handlerMs) / 1_000, attributes);
    }
    const span = run.trace?.span;
    if (span?.isRecording() !== true) return;
    const handlerEndedAt = run.startedAt + handlerMs;
    describeEnd(span, run, end, handlerEndedAt);
    span.end(handlerEndedAt);
    if (!this.#telemetry.settleSpans) return;
    this.#settled(run, end, { from: handlerEndedAt, to: run.startedAt + settledMs });
  }

  /** From the end of the handler to the broker's answer, the steps before the ack included. */
  #settled(run: ActiveRun, end: RunEnd, time: { readonly from: number; readonly to: number }): void {
    const { tracer } = this.#telemetry;
    const { settlement, errorType } = end;
    if (tracer === undefined || settlement === undefined) return;
    const span = tracer.startSpan(
      `${settlement.name} ${run.attributes.destination}`,
      { kind: SpanKind.CLIENT, startTime: time.from, attributes: run.attributes.of(settlement) },
      run.trace?.context,
    );
    describeRun(span, run);
    if (errorType !== undefined) {
      span.setAttribute(ATTR.errorType, errorType);
      span.setStatus({ code: SpanStatusCode.ERROR, message: "the broker did not confirm the ack in time" });
    }
    span.end(time.to);
  }

  /** A worker that was forced to stop has left its runs unsettled; others get their jobs. */
  #stopped({ worker }: EventOf<"worker.stopped">): void {
    for (const job of this.#telemetry.runs.leftBy(worker))
      this.#end({ job, outcome: "abandoned", settlement: undefined });
  }

  #attributesOf({ queue, task }: RunRef): JobAttributes {
    return this.#telemetry.attributesOf(queue, task);
  }

  /** Of a job without a known task, the name may be any text. */
  #withReason(job: RunRef, reason: string): Attributes {
    const { system, destinationOf } = this.#telemetry;
    const task = UNKNOWN_TASK.has(reason) ? undefined : job.task;
    return attributesOf({ system, destination: destinationOf(job.queue), task, reason });
  }
}

/**
 * Adds what is different for each run. A sampler does not get it: the conventions do not ask for it, and a span that is
 * not sampled should cost little.
 */
function describeRun(span: Span, { job, worker }: ActiveRun): void {
  if (!span.isRecording()) return;
  span.setAttribute(ATTR.messageId, job.id);
  span.setAttribute(ATTR.clientId, worker);
  span.setAttribute(ATTR.attempt, job.attempt);
}

/** Reasons for which the task of a job is not known. */
const UNKNOWN_TASK: ReadonlySet<string> = new Set(["unknown_task", "undecodable", "envelope_version"]);

/** Describes on a `process` span how its run ended. */
function describeEnd(span: Span, run: ActiveRun, { outcome, delayMs, reason }: RunEnd, at: number): void {
  span.setAttribute(ATTR.outcome, outcome);
  if (delayMs !== undefined) span.setAttribute(ATTR.delayMs, delayMs);
  if (reason !== undefined) span.setAttribute(ATTR.reason, reason);
  if (run.error !== undefined) failSpan(span, errorOf(run.error), at);
  else if (UNFINISHED.has(outcome)) span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
}

/** Outcomes after which nobody knows whether the job's work was done. */
const UNFINISHED: ReadonlySet<string> = new Set(["lease_lost", "abandoned", "dead"]);
