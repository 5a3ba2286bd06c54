import type { EnqueuedJob, EnqueueResult } from "@jobs/core";
import type { Bulk, InstrumentationHooks, JobToSend, SendManyNext, SendNext } from "@jobs/core/runtime";
import {
  type Context,
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { monotonicMs, runOf } from "./active-runs.ts";
import { ATTR, attributesOf, CREATE, SEND } from "./conventions.ts";
import { errorTypeOf, failSpan } from "./span-errors.ts";
import type { Headers, Telemetry } from "./telemetry.ts";

/** Header of core that names the schedule whose worker sends a job. */
const SCHEDULE_HEADER = "jobs-schedule";

/** Spans and metrics of sends. */
export function sendHooks(telemetry: Telemetry): Pick<InstrumentationHooks, "send" | "sendMany"> {
  const sender = new SendTelemetry(telemetry);
  return {
    send: (job, next) => sender.send(job, next),
    sendMany: (bulk, next) => sender.sendMany(bulk, next),
  };
}

/** A call of `enqueueMany` in flight. */
interface BulkTrace {
  readonly span: Span;
  /** With its span. */
  readonly context: Context;
  readonly destinations: Set<string>;
}

/** A job in its send. */
interface StartedSend {
  readonly span: Span | undefined;
  /** Those that the job gets. */
  readonly headers: Headers;
}

const NO_HEADERS: Headers = Object.freeze({});

class SendTelemetry {
  readonly #telemetry: Telemetry;
  readonly #bulks = new WeakMap<Bulk, BulkTrace>();

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry;
  }

  async send(job: JobToSend, next: SendNext): Promise<EnqueuedJob> {
    const startedAt = monotonicMs();
    const { span, headers } = this.#start(job);
    try {
      const sent = await next(headers);
      span?.setAttribute(ATTR.messageId, sent.id);
      this.#count(job, startedAt, undefined);
      return sent;
    } catch (error) {
      if (span !== undefined) failSpan(span, error);
      this.#count(job, startedAt, errorTypeOf(error));
      throw error;
    } finally {
      span?.end();
    }
  }

  async sendMany(bulk: Bulk, next: SendManyNext): Promise<readonly EnqueueResult[]> {
    const startedAt = monotonicMs();
    const started = this.#startBulk(bulk);
    let errorType: string | undefined;
    try {
      const results = await next();
      errorType = started && describeBulk(started.span, results);
      return results;
    } catch (error) {
      errorType = errorTypeOf(error);
      if (started !== undefined) failSpan(started.span, error);
      throw error;
    } finally {
      this.#endBulk(started, startedAt, errorType);
    }
  }

  #start(job: JobToSend): StartedSend {
    const { tracer, createSpans } = this.#telemetry;
    if (tracer === undefined) return { span: undefined, headers: NO_HEADERS };
    const given = this.#givenContext(job);
    const bulk = job.bulk && this.#bulks.get(job.bulk);
    if (bulk === undefined) return this.#startSend(job, given);
    bulk.destinations.add(this.#telemetry.destinationOf(job.queue));
    if (given !== undefined) {
      bulk.span.addLink({ context: given });
      return { span: undefined, headers: NO_HEADERS };
    }
    if (!createSpans) return { span: undefined, headers: this.#headersOf(bulk.context) };
    const parent = context.active();
    const span = tracer.startSpan(
      `create ${this.#telemetry.destinationOf(job.queue)}`,
      { kind: SpanKind.PRODUCER, attributes: this.#attributes(job, "create") },
      parent,
    );
    bulk.span.addLink({ context: span.spanContext() });
    return { span, headers: this.#headersOf(trace.setSpan(parent, span)) };
  }

  /** One job of its own. A context that the program has given to the job stays, and the span links to it. */
  #startSend(job: JobToSend, given: SpanContext | undefined): StartedSend {
    const { tracer, destinationOf } = this.#telemetry;
    const parent = this.#parentOf(job);
    const span = tracer?.startSpan(
      `send ${destinationOf(job.queue)}`,
      {
        kind: given === undefined ? SpanKind.PRODUCER : SpanKind.CLIENT,
        attributes: this.#attributes(job, "send"),
        links: given === undefined ? [] : [{ context: given }],
      },
      parent,
    );
    if (span === undefined || given !== undefined) return { span, headers: NO_HEADERS };
    return { span, headers: this.#headersOf(trace.setSpan(parent, span)) };
  }

  #startBulk(bulk: Bulk): BulkTrace | undefined {
    const { tracer, createSpans, system } = this.#telemetry;
    if (tracer === undefined) return undefined;
    const attributes = { ...attributesOf({ system, operation: SEND }), [ATTR.messageCount]: bulk.size };
    const kind = createSpans ? SpanKind.CLIENT : SpanKind.PRODUCER;
    const parent = context.active();
    const span = tracer.startSpan("send", { kind, attributes }, parent);
    const started = { span, context: trace.setSpan(parent, span), destinations: new Set<string>() };
    this.#bulks.set(bulk, started);
    return started;
  }

  #endBulk(bulk: BulkTrace | undefined, startedAt: number, errorType: string | undefined): void {
    const { metrics, system } = this.#telemetry;
    const [destination, ...others] = bulk?.destinations ?? [];
    const single = others.length === 0 && destination !== undefined ? { destination } : {};
    const endedAt = monotonicMs();
    const attributes = attributesOf({ system, operation: SEND, errorType, ...single });
    metrics?.operationDuration.record((endedAt - startedAt) / 1_000, attributes);
    if (bulk === undefined) return;
    if ("destination" in single) {
      bulk.span.updateName(`send ${destination}`);
      bulk.span.setAttribute(ATTR.destination, single.destination);
    }
    bulk.span.end();
  }

  /** A job of a bulk is part of a longer operation, which has its own duration. */
  #count(job: JobToSend, startedAt: number, errorType: string | undefined): void {
    const { metrics } = this.#telemetry;
    if (metrics === undefined) return;
    const attributes = this.#telemetry.attributesOf(job.queue, job.task).of(SEND, errorType);
    metrics.sent.add(attributes);
    if (job.bulk !== undefined) return;
    metrics.operationDuration.record((monotonicMs() - startedAt) / 1_000, attributes);
  }

  #attributes(job: JobToSend, as: "create" | "send") {
    const shared = this.#telemetry.attributesOf(job.queue, job.task).of(as === "create" ? CREATE : SEND);
    const schedule = job.headers[SCHEDULE_HEADER];
    return schedule === undefined ? shared : { ...shared, [ATTR.schedule]: schedule };
  }

  /**
   * The context of a send. What a job sends belongs to its run, also when its flow continues after its handler. A tick
   * of a schedule begins a trace: whatever was active when its worker was started has nothing to do with it.
   */
  #parentOf({ parent, headers, inherited }: JobToSend): Context {
    const { runs, propagator } = this.#telemetry;
    const active = context.active();
    if (parent === undefined) return headers[SCHEDULE_HEADER] === undefined ? active : ROOT_CONTEXT;
    if (runOf(active)?.job.id === parent) return active;
    const run = runs.findById(parent)?.trace;
    return run?.context ?? propagator.extract(ROOT_CONTEXT, inherited, defaultTextMapGetter);
  }

  /** The context of a trace that the program has given to a job by its headers. */
  #givenContext({ headers }: JobToSend): SpanContext | undefined {
    for (const _ in headers) {
      const { propagator } = this.#telemetry;
      const given = trace.getSpanContext(propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter));
      return given !== undefined && isSpanContextValid(given) ? given : undefined;
    }
    return undefined;
  }

  #headersOf(from: Context): Headers {
    const headers: Record<string, string> = {};
    this.#telemetry.propagator.inject(from, headers, defaultTextMapSetter);
    return headers;
  }
}

/** Describes the answers on the span of a bulk. Returns the type of the error if no job of it was sent. */
function describeBulk(span: Span, results: readonly EnqueueResult[]): string | undefined {
  const refused = results.filter((result) => result.status === "refused");
  const [first] = refused;
  if (first === undefined) return undefined;
  span.setAttribute(ATTR.refused, refused.length);
  if (refused.length < results.length) return undefined;
  const errorType = errorTypeOf(first.error);
  span.setAttribute(ATTR.errorType, errorType);
  span.setStatus({ code: SpanStatusCode.ERROR, message: "no job of the bulk was sent" });
  return errorType;
}
