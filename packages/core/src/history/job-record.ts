import type { DeadReason } from "../broker/settlement.ts";
import { readRecord } from "../coordination/read-record.ts";
import type { JsonObject, JsonValue } from "../envelope/envelope.ts";
import { isObject } from "../options/is-object.ts";
import type { HistoryEvent } from "./history-event.ts";

/** The states of a job in a history, in the order in which they can follow at the same time. */
export const HISTORY_STATES = [
  "enqueued",
  "started",
  "retried",
  "snoozed",
  "held",
  "released",
  "succeeded",
  "dead",
  "cancelled",
] as const;

/** The state of a job after its latest event. */
export type HistoryState = (typeof HISTORY_STATES)[number];

/** A job as its events describe it. All times are in ms since 1970, by the clock of the process that observed them. */
export interface JobRecord {
  readonly id: string;
  readonly task: string;
  /** Name of the queue without prefix. */
  readonly queue: string;
  readonly state: HistoryState;
  /** The latest run: earlier failures plus one. `null` before the first. */
  readonly attempt: number | null;
  /** The latest change of its state. It never goes back. */
  readonly at: number;
  readonly enqueuedAt?: number;
  /** Start of the latest run. */
  readonly startedAt?: number;
  /** Only of a job that has succeeded, is dead or was cancelled. */
  readonly finishedAt?: number;
  /** Time of the latest run that has ended, in ms. */
  readonly durationMs?: number;
  /** `name: message` of the latest failure; `null` for none. It stays after a later success. */
  readonly error: string | null;
  /** Only of a dead job. */
  readonly deadReason?: DeadReason;
  /** As they were given to the enqueue. */
  readonly tags: readonly string[];
  /** The id of its flow. */
  readonly flow?: string;
  /** Identity of the worker of its latest run. */
  readonly worker?: string;
  /** The latest `ctx.progress`. */
  readonly progress?: JsonValue;
  /** Only where the setting `monitorParams` puts them into the events. */
  readonly params?: JsonObject;
}

/** A record as a store keeps it, with what decides whether another event is later. */
export interface KeptJob {
  readonly record: JobRecord;
  /** Moments of the events that have set the record's members, in ms since 1970. */
  readonly order: JobOrder;
}

interface JobOrder {
  /** Of the state. */
  readonly at: number;
  /** Of two states at the same time, the one with the higher rank is the later. −1: no event has set a state. */
  readonly rank: number;
  /** Distinguishes jobs that had the same id, one after the other. */
  readonly use?: number;
  readonly errorAt?: number;
  readonly durationAt?: number;
  readonly progressAt?: number;
}

/** An event that belongs to a job. */
type JobEvent = Extract<HistoryEvent, { readonly job: unknown }>;

const RANK_OF = new Map<string, number>(HISTORY_STATES.map((state, rank) => [`job.${state}`, rank]));

const FINISHED = new Set<HistoryState>(["succeeded", "dead", "cancelled"]);

/**
 * The record of a job after one more event. The order in which the events of a job arrive does not matter: a late event
 * only adds what no later event has set. It returns `kept` itself when nothing changes.
 */
export function foldEvent(kept: KeptJob | undefined, event: HistoryEvent): KeptJob | undefined {
  if (!("job" in event)) return kept;
  if (kept === undefined) return apply(newRecord(event), event);
  const use = useOf(event);
  const { record, order } = kept;
  if (order.use !== undefined && use !== undefined && use !== order.use) {
    return use < order.use ? kept : nextUse(kept, event);
  }
  const { finishedAt } = record;
  const isUsedAgain = order.use === undefined && finishedAt !== undefined && event.at > finishedAt;
  return event.type === "job.enqueued" && isUsedAgain ? nextUse(kept, event) : apply(kept, event);
}

/** Folds many events, grouped by job; `keptOf` returns what is kept of a job before them. */
export function foldEvents(
  events: readonly HistoryEvent[],
  keptOf: (id: string) => KeptJob | undefined,
): ReadonlyMap<string, KeptJob> {
  const folded = new Map<string, KeptJob>();
  for (const event of events) {
    if (!("job" in event)) continue;
    const { id } = event.job;
    const kept = foldEvent(folded.get(id) ?? keptOf(id), event);
    if (kept !== undefined) folded.set(id, kept);
  }
  return folded;
}

/**
 * A kept job, `JSON.stringify` of it, read again.
 * @throws UnreadableRecordError naming the job where the text is something else
 */
export function readKeptJob(id: string, text: string): KeptJob {
  return readRecord(text, `the history of job ${id}`, isKeptJob);
}

function isKeptJob(value: object): boolean {
  const { record, order } = value as Partial<KeptJob>;
  return isJobRecord(record) && isObject(order) && typeof order.at === "number";
}

/** Whether a value has what every record has. */
export function isJobRecord(value: unknown): value is JobRecord {
  if (!isObject(value)) return false;
  const { id, task, queue, state, at, tags } = value;
  const isNamed = [id, task, queue].every((text) => typeof text === "string");
  return (
    isNamed && HISTORY_STATES.some((one) => one === state) && typeof at === "number" && Array.isArray(tags)
  );
}

/** The time of the enqueue, as far as the event knows it. */
function useOf(event: JobEvent): number | undefined {
  return event.job.enqueuedAt ?? (event.type === "job.enqueued" ? event.at : undefined);
}

/** A job that is only known from its progress or its log has been started. */
function newRecord({ job: { id, task, queue }, at }: JobEvent): KeptJob {
  const record = { id, task, queue, state: "started", attempt: null, at, error: null, tags: [] } as const;
  return { record, order: { at, rank: -1 } };
}

/** Another job has the id now: nothing of the earlier one stays. */
function nextUse({ record }: KeptJob, event: JobEvent): KeptJob {
  const fresh = apply(newRecord(event), event);
  return { ...fresh, record: { ...fresh.record, at: Math.max(record.at, event.at) } };
}

function apply(kept: KeptJob, event: JobEvent): KeptJob {
  const { job } = event;
  const use = useOf(event);
  const { tags, flow } = job;
  const record = {
    ...kept.record,
    ...(tags === undefined || kept.record.tags.length > 0 ? undefined : { tags }),
    ...(flow === undefined ? undefined : { flow }),
    ...("attempt" in job && kept.record.attempt === null ? { attempt: job.attempt } : undefined),
    ...(use === undefined || kept.record.enqueuedAt !== undefined ? undefined : { enqueuedAt: use }),
  };
  const order = { ...kept.order, ...(use === undefined ? undefined : { use }) };
  return applyState(applyDetails({ record, order }, event), kept, event);
}

/** What an event says besides the state. */
function applyDetails({ record, order }: KeptJob, event: JobEvent): KeptJob {
  const { at } = event;
  switch (event.type) {
    case "job.enqueued": {
      const { params } = event;
      return { record: { ...record, enqueuedAt: at, ...(params && { params }) }, order };
    }
    case "job.started":
      if (isBefore(at, record.startedAt)) return { record, order };
      return { record: { ...record, startedAt: at, worker: event.worker }, order };
    case "job.progress":
      if (isBefore(at, order.progressAt)) return { record, order };
      return {
        record: { ...record, progress: event.progress as JsonValue },
        order: { ...order, progressAt: at },
      };
    case "job.succeeded":
      return withDuration({ record, order }, at, event.durationMs);
    case "job.failed":
      return withError(withDuration({ record, order }, at, event.durationMs), event);
    case "job.dead":
      return withError({ record, order }, event);
    default:
      return { record, order };
  }
}

function withDuration({ record, order }: KeptJob, at: number, durationMs: number): KeptJob {
  if (isBefore(at, order.durationAt)) return { record, order };
  return { record: { ...record, durationMs }, order: { ...order, durationAt: at } };
}

function withError(
  { record, order }: KeptJob,
  { at, error }: Extract<JobEvent, { type: "job.failed" | "job.dead" }>,
): KeptJob {
  if (error === undefined || isBefore(at, order.errorAt)) return { record, order };
  return {
    record: { ...record, error: `${error.name}: ${error.message}` },
    order: { ...order, errorAt: at },
  };
}

function isBefore(at: number, other: number | undefined): boolean {
  return other !== undefined && at < other;
}

/** Sets the state unless the record has a later one. `before`: the job without the event. */
function applyState({ record, order }: KeptJob, before: KeptJob, event: JobEvent): KeptJob {
  const rank = RANK_OF.get(event.type);
  const state = rank === undefined ? undefined : HISTORY_STATES[rank];
  if (rank === undefined || state === undefined) return { record, order };
  const at = Math.max(record.at, event.at);
  if (!isLater(event, rank, before)) return { record: { ...record, at }, order };
  const { finishedAt: _finishedAt, deadReason: _deadReason, ...rest } = record;
  const { task, queue } = event.job;
  const next: JobRecord = {
    ...rest,
    task,
    queue,
    state,
    at,
    attempt: "attempt" in event.job ? event.job.attempt : record.attempt,
    ...(FINISHED.has(state) ? { finishedAt: event.at } : undefined),
    ...(event.type === "job.dead" ? { deadReason: event.reason } : undefined),
  };
  return { record: next, order: { ...order, at: event.at, rank } };
}

/**
 * Of the same job, a run is always later than the enqueue. Producers and workers have different clocks, and a job may
 * start within a millisecond.
 */
function isLater(event: JobEvent, rank: number, { record, order }: KeptJob): boolean {
  if (order.rank === -1) return true;
  const isSameUse = order.use !== undefined && order.use === useOf(event);
  const isEnqueue = event.type === "job.enqueued";
  if (isSameUse && isEnqueue !== (record.state === "enqueued")) return !isEnqueue;
  return event.at > order.at || (event.at === order.at && rank >= order.rank);
}
