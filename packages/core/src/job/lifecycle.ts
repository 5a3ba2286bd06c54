import type { DeadReason } from "../broker/settlement.ts";
import type { EventFields, JsonObject } from "../envelope/envelope.ts";
import type { SerializedError } from "../errors/serialized-error.ts";
import { onRejection } from "../runtime/call-listener.ts";
import type { Logger } from "../runtime/logger.ts";
import type { ReportError } from "../runtime/report-error.ts";

/** The job of an event, without its parameters. An event has them only where settings allow it. */
export interface JobRef extends EventFields {
  readonly id: string;
  readonly task: string;
  /** Name of the queue without prefix. */
  readonly queue: string;
}

/** The run of a job: attempt is the number of earlier failures plus one. */
export interface RunRef extends JobRef {
  readonly attempt: number;
  /** The trace of the producer (W3C trace context), 32 hexadecimal digits. Only where the job carries one. */
  readonly traceId?: string;
}

/** All events of jobs and workers. `at` is in ms since 1970. */
export type LifecycleEvent = { readonly at: number } & (
  | {
      readonly type: "job.enqueued";
      readonly job: JobRef;
      readonly delayMs: number;
      /** Redacted; only with the task's setting `monitorParams`. */
      readonly params?: JsonObject;
    }
  /** `worker` is the identity in `jobs workers`. */
  | { readonly type: "job.started"; readonly job: RunRef; readonly worker: string }
  | { readonly type: "job.progress"; readonly job: RunRef; readonly progress: unknown }
  /** A line of `ctx.log`, which a monitor keeps with the job. */
  | {
      readonly type: "job.log";
      readonly job: RunRef;
      readonly level: keyof Logger;
      readonly message: string;
      readonly fields: JsonObject;
    }
  /** Published only after the ack is confirmed. */
  | { readonly type: "job.succeeded"; readonly job: RunRef; readonly durationMs: number }
  | {
      readonly type: "job.failed";
      readonly job: RunRef;
      readonly error: SerializedError;
      readonly durationMs: number;
      /** Whether the job runs again. If not, `job.dead` follows. */
      readonly willRetry: boolean;
      /** Redacted; only with the task's setting `logParams`. For logs: the monitor does not get them. */
      readonly params?: JsonObject;
    }
  | { readonly type: "job.retried"; readonly job: RunRef; readonly delayMs: number }
  | { readonly type: "job.snoozed"; readonly job: RunRef; readonly delayMs: number }
  /** Not run, not failed: this worker does not know the task, its signature or the envelope's version yet. */
  | { readonly type: "job.held"; readonly job: RunRef; readonly delayMs: number; readonly reason: DeadReason }
  | { readonly type: "job.released"; readonly job: RunRef }
  | {
      readonly type: "job.dead";
      readonly job: RunRef;
      readonly reason: DeadReason;
      readonly error?: SerializedError;
    }
  /** Cancelled: removed without a run, or stopped during a run. */
  | { readonly type: "job.cancelled"; readonly job: RunRef }
  /** Another worker may hold the job now: the lease was not extended, or a settlement came too late. */
  | { readonly type: "job.lease_lost"; readonly job: RunRef }
  /** The handler has succeeded, but its result or the next job cannot be stored yet. Published once for each step. */
  | {
      readonly type: "job.step_delayed";
      readonly job: RunRef;
      /** Of the completion: `result`, `chain`. */
      readonly step: string;
      readonly error: SerializedError;
    }
  /** The job succeeded, but its ack failed: it may run once more. */
  | { readonly type: "job.ack_lost"; readonly job: RunRef }
  /** A handler does not return although its time is up and its signal aborted. */
  | { readonly type: "job.stuck"; readonly job: RunRef }
  | { readonly type: "worker.started"; readonly worker: string; readonly queues: readonly string[] }
  | { readonly type: "worker.draining"; readonly worker: string; readonly cause: string }
  | { readonly type: "worker.stopped"; readonly worker: string; readonly cause: string }
  /** An uncaught exception or an unhandled rejection in a worker's process. `isOfJob`: code of a job caused it. */
  | {
      readonly type: "worker.uncaught";
      readonly worker: string;
      readonly error: SerializedError;
      readonly isOfJob: boolean;
    }
  | { readonly type: "broker.lost"; readonly queue: string; readonly error: SerializedError }
  | { readonly type: "broker.back"; readonly queue: string }
);

/**
 * Observes events. It cannot change an outcome: its errors are reported, its value is ignored. It is called
 * synchronously, so it should return at once.
 */
export type Observer = (event: LifecycleEvent) => void;

/** The stream of events for logging, metrics, traces, monitor and tests. */
export interface Lifecycle {
  /** Adds an observer; call the result to remove it. */
  observe(observer: Observer): () => void;
  /** Publishes an event to all observers. */
  publish(event: LifecycleEvent): void;
  /** Whether there are observers: without them, frequent code does not build events. */
  readonly isObserved: boolean;
}

/** Creates a {@link Lifecycle}; `report` gets errors of observers. */
export function createLifecycle(report: ReportError): Lifecycle {
  const observers = new Set<Observer>();
  return {
    observe(observer) {
      observers.add(observer);
      return () => void observers.delete(observer);
    },
    publish(event) {
      for (const observer of observers) notify(observer, event, report);
    },
    get isObserved() {
      return observers.size > 0;
    },
  };
}

function notify(observer: Observer, event: LifecycleEvent, report: ReportError): void {
  const complain = (error: unknown) =>
    report({ source: "observer", err: error, event: event.type }, "an observer threw; the job goes on");
  try {
    onRejection(observer(event), complain);
  } catch (error) {
    complain(error);
  }
}
