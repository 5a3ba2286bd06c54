import type { StoreSchema } from "../broker/store-schema.ts";
import type { Reach } from "../coordination/reach.ts";
import { ConfigError } from "../errors/config-errors.ts";
import type { EventSink, HistoryEvent } from "./history-event.ts";
import type { HistoryState, JobRecord } from "./job-record.ts";

/** The longest page of a list or of the event feed. */
export const MAX_HISTORY_PAGE = 1_000;

/** The page of a query that names no limit. */
export const HISTORY_PAGE = 100;

/** The cursor that stands behind the newest event, for a reader of {@link HistoryStore.events} who wants only later ones. */
export const LATEST_EVENT = "latest";

/** The shortest time that totals are kept, in ms: 90 days. They are small, and outlive the jobs. */
export const TOTALS_TTL_MS = 7_776_000_000;

/** Which jobs to list. All parts must fit; without any part, all jobs do. */
export interface HistoryQuery {
  readonly task?: string | undefined;
  /** Name of the queue without prefix. */
  readonly queue?: string | undefined;
  /** Any of these. */
  readonly states?: readonly HistoryState[] | undefined;
  readonly tag?: string | undefined;
  /** The id of a flow. */
  readonly flow?: string | undefined;
  /** The state has changed at or after this moment, in ms since 1970. */
  readonly since?: number | undefined;
  /** The state has changed before this moment, in ms since 1970. */
  readonly until?: number | undefined;
  /** 1 to 1,000. Default 100. */
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

/** One page of jobs, the latest change first. */
export interface HistoryPage {
  readonly jobs: readonly JobRecord[];
  /** Left out after the last page. */
  readonly nextCursor?: string;
}

/** Where to continue in the feed of events. */
export interface EventsAfter {
  /**
   * `cursor` of the page before, or `latest` for the position behind the newest event. Default: before the oldest kept
   * event.
   */
  readonly after?: string | undefined;
  /** 1 to 1,000. Default 100. */
  readonly limit?: number | undefined;
}

/** One page of the feed of events. */
export interface EventsPage {
  readonly events: readonly HistoryEvent[];
  /** Where this reader continues. The same as before when there is nothing new. */
  readonly cursor: string;
}

/** A span of time, in ms since 1970: `since` belongs to it, `until` does not. */
export interface HistorySpan {
  readonly since: number;
  readonly until: number;
}

/** What happened to the jobs of one task in one queue within one minute. */
export interface HistoryTotals {
  /** The beginning of the minute, in ms since 1970. */
  readonly minute: number;
  /** Name of the queue without prefix. */
  readonly queue: string;
  readonly task: string;
  readonly enqueued: number;
  readonly started: number;
  readonly succeeded: number;
  /** Runs that failed, also those that are tried again. */
  readonly failed: number;
  readonly dead: number;
  readonly cancelled: number;
  /** Sum over the runs that succeeded or failed, in ms. */
  readonly durationMs: number;
}

/** What a history forgets. */
export interface HistoryRetention {
  /** Jobs whose state has not changed for so long, in ms, are removed. `Infinity`: none. */
  readonly olderThanMs: number;
  /** Of more jobs, those with the oldest change are removed. Default: no limit. */
  readonly maxJobs?: number | undefined;
}

/**
 * What happened to all jobs: the events, and what follows from them. Producers and workers write to it, or a monitor
 * does. It never decides about a job.
 */
export interface HistoryStore extends EventSink {
  /** Who sees its jobs. */
  readonly reach: Reach;
  /** `undefined` for an unknown or forgotten job. @throws UnreadableRecordError · BrokerUnavailableError */
  job(id: string): Promise<JobRecord | undefined>;
  /** The events of one job, the oldest first, with its progress and its log lines. Empty for an unknown job. */
  timeline(id: string): Promise<readonly HistoryEvent[]>;
  /**
   * Jobs by their latest change, the latest first. Paging is stable while others write. A job that changes meanwhile
   * moves to the front, and no job comes twice.
   * @throws UnreadableRecordError naming the job that somebody has edited
   */
  list(query?: HistoryQuery): Promise<HistoryPage>;
  /**
   * The feed of all events in the order of the store. Any number of readers can follow it, each with its own cursor. It
   * skips no event, not even one that was written before another but became visible later.
   */
  events(from?: EventsAfter): Promise<EventsPage>;
  /**
   * Sums by minute, queue and task, in this order. The store keeps them when it writes, so they cost little. They stay
   * when their jobs are forgotten, for 90 days at least.
   */
  totals(span: HistorySpan): Promise<readonly HistoryTotals[]>;
  /** Removes jobs with their events, and old totals. Resolves with the number of removed jobs. */
  prune(retention: HistoryRetention): Promise<number>;
  /** Its tables, if it is in a database whose owner may have to create them. */
  readonly schema?: StoreSchema;
  /**
   * If nothing was ever stored: what does not exist, in words for messages. Left out if the store cannot know.
   * Creates nothing.
   */
  absence?(): string | undefined;
}

/** The position of a job in a list: its latest change, then its id. */
export interface ListPosition {
  readonly at: number;
  readonly id: string;
}

/** The cursor behind a job in a list. */
export function listCursor({ at, id }: ListPosition): string {
  return `${at}:${id}`;
}

/** Undoes {@link listCursor}. @throws ConfigError for another text */
export function listPosition(cursor: string): ListPosition {
  const { at, id } = /^(?<at>-?\d+(?:\.\d+)?):(?<id>.+)$/s.exec(cursor)?.groups ?? {};
  if (at === undefined || id === undefined) throw unknownCursor("nextCursor of the page before");
  return { at: Number(at), id };
}

/** The error for a cursor that no page of the store had. */
export function unknownCursor(expected: string): ConfigError {
  return new ConfigError(`history: the cursor is unknown; it must be ${expected}.`, {
    hint: "Pass it as you got it, or leave it out to begin anew.",
  });
}

/** Whether a job fits a query. The cursor and the limit do not count. */
export function fitsQuery(job: JobRecord, query: HistoryQuery): boolean {
  const { task, queue, states, tag, flow, since, until } = query;
  return (
    (task === undefined || job.task === task) &&
    (queue === undefined || job.queue === queue) &&
    (states === undefined || states.includes(job.state)) &&
    (tag === undefined || job.tags.includes(tag)) &&
    (flow === undefined || job.flow === flow) &&
    (since === undefined || job.at >= since) &&
    (until === undefined || job.at < until)
  );
}
