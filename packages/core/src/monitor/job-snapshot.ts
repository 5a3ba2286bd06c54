import type { LifecycleEvent } from "../job/lifecycle.ts";
import type { MonitorEvent, MonitoredState } from "./monitor-event.ts";

/** What one event says about where its job stands. */
export interface JobSnapshot {
  readonly id: string;
  readonly task: string;
  readonly queue: string;
  readonly state: MonitoredState;
  readonly attempt: number | null;
  /** ms since 1970, by the clock of whoever saw it. */
  readonly at: number;
  /** Of two sightings of one moment the one with the higher rank is the later. */
  readonly rank: number;
  readonly error: string | null;
}

/** States by the event that leads to them, in the order in which they can follow each other within a moment. */
const STATES: readonly (readonly [LifecycleEvent["type"], MonitoredState])[] = [
  ["job.enqueued", "enqueued"],
  ["job.started", "started"],
  ["job.retried", "retried"],
  ["job.snoozed", "snoozed"],
  ["job.held", "held"],
  ["job.released", "released"],
  ["job.succeeded", "succeeded"],
  ["job.dead", "dead"],
  ["job.cancelled", "cancelled"],
];

const RANK_OF = new Map(STATES.map(([type], rank) => [type, rank]));

/** What an event tells about its job, for sinks that keep a table of jobs; `undefined` where it changes no state. */
export function jobSnapshot(event: MonitorEvent): JobSnapshot | undefined {
  const rank = RANK_OF.get(event.type);
  const state = STATES[rank ?? -1]?.[1];
  if (rank === undefined || state === undefined || !("job" in event)) return undefined;
  const { id, task, queue } = event.job;
  const attempt = "attempt" in event.job ? event.job.attempt : null;
  const error =
    "error" in event && event.error !== undefined ? `${event.error.name}: ${event.error.message}` : null;
  return { id, task, queue, state, attempt, at: event.at, rank, error };
}
