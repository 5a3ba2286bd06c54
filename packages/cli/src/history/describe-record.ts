import type { HistoryEvent, JobRecord } from "@jobs/core/broker";
import { maskTexts, maskUrls } from "../output/mask-secrets.ts";
import type { ParamsView } from "../queues/params-view.ts";

/** A job of the history as it is shown. Times are ISO 8601. Parameters are left out unless asked for (F62). */
export interface DescribedRecord
  extends Omit<JobRecord, "at" | "enqueuedAt" | "startedAt" | "finishedAt" | "error" | "params"> {
  /** The latest change of its state. */
  readonly changedAt: string;
  readonly enqueuedAt?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly lastError?: string;
  readonly params?: unknown;
}

/** The form for programs. Addresses in the error are masked, as in logs; names and tags stay as they are. */
export function describeRecord(record: JobRecord, view: ParamsView): DescribedRecord {
  const { at, enqueuedAt, startedAt, finishedAt, error, params: _params, ...rest } = record;
  const params = paramsOf(record.task, record.params, view);
  return {
    ...rest,
    changedAt: isoTime(at),
    ...(enqueuedAt === undefined ? {} : { enqueuedAt: isoTime(enqueuedAt) }),
    ...(startedAt === undefined ? {} : { startedAt: isoTime(startedAt) }),
    ...(finishedAt === undefined ? {} : { finishedAt: isoTime(finishedAt) }),
    ...(error === null ? {} : { lastError: maskUrls(error) }),
    ...(params === undefined ? {} : { params }),
  };
}

/** The events of a job in the form of `jobs events`, with parameters only where they are shown. */
export function describeTimeline(events: readonly HistoryEvent[], view: ParamsView): readonly HistoryEvent[] {
  return events.map((event) => {
    if (!("params" in event)) return maskTexts(event);
    const { params, ...rest } = event;
    const shown = paramsOf(event.job.task, params, view);
    return { ...maskTexts(rest), ...(shown === undefined ? {} : { params: shown }) } as HistoryEvent;
  });
}

function paramsOf(task: string, params: JobRecord["params"], view: ParamsView): JobRecord["params"] {
  return params === undefined ? undefined : view.params({ task, params });
}

/** A stored time may be anything after a corruption; showing it must not fail. */
function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
