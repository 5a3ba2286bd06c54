// The JSON of the dashboard's routes, below `<base>/api`. The server writes it, the page reads it.
import type { JobResult } from "@jobs/core";
import type { HistoryEvent, HistoryState, JobLogLine, MessageState } from "@jobs/core/broker";
import type { WorkerPresence } from "@jobs/core/runtime";

/** Who looks: `act` may change jobs and queues, `view` may not. */
export type Role = "view" | "act";

/** Something that the app, its broker or its stores cannot do, and what it would take. */
export interface Limit {
  /** Stable name: `history`, `peek`, `workers`, `pause`, … */
  readonly feature: string;
  /** Why not, one sentence. */
  readonly why: string;
  /** What it would take, one sentence. */
  readonly needs: string;
}

/** A part of an answer that may be impossible here. */
export type Possible<T> = T | { readonly unsupported: Limit };

/** A refused request. The HTTP status says the kind. */
export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** A number of jobs; `null` when unknown. */
export interface CountValue {
  readonly n: number | null;
  readonly isExact: boolean;
}

/** One queue of the overview. */
export interface QueueRow {
  /** Without prefix. */
  readonly name: string;
  readonly ready: CountValue;
  readonly active: CountValue;
  readonly delayed: CountValue;
  readonly dead: CountValue;
  readonly oldestAgeMs: number | null;
  /** Jobs a second since the last reading; `null` without one, or if the broker does not count. */
  readonly inRate: number | null;
  readonly outRate: number | null;
  readonly isPaused: boolean;
  /** Set when the queue could not be read. */
  readonly error?: string;
}

/** What happened in one minute, over all queues. */
export interface MinuteRow {
  /** Begin of the minute, ms since 1970. */
  readonly at: number;
  readonly enqueued: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly dead: number;
  readonly meanDurationMs: number | null;
}

/** About the app, for the frame of every page. */
export interface AppInfo {
  readonly broker: { readonly kind: string; readonly reach: string };
  /** Kinds of the stores; `null` without one. */
  readonly results: string | null;
  readonly history: string | null;
  readonly release: string | null;
  readonly role: Role;
  /** Whether this role may see parameters. */
  readonly mayShowParams: boolean;
  readonly limits: readonly Limit[];
}

/** `GET overview`. Also the event `overview` of `GET live`. */
export interface Overview {
  readonly app: AppInfo;
  readonly queues: readonly QueueRow[];
  /** The last hour, oldest first. */
  readonly minutes: Possible<readonly MinuteRow[]>;
  readonly at: number;
}

/** A job in a list, from the history or from a queue. */
export interface JobRow {
  readonly id: string;
  readonly task: string;
  readonly queue: string;
  readonly state: HistoryState | MessageState;
  readonly attempt: number | null;
  /** Of the latest change, or when it is due; ms since 1970. */
  readonly at: number;
  readonly durationMs: number | null;
  readonly error: string | null;
  readonly tags: readonly string[];
}

/** A page of jobs. */
export interface JobPage {
  readonly jobs: readonly JobRow[];
  readonly nextCursor: string | null;
}

/** `GET jobs?task&queue&state&tag&flow&since&until&cursor`, the latest change first. Times are ms since 1970. */
export interface JobList {
  readonly page: Possible<JobPage>;
}

/** `GET queues/:name?state&cursor`. */
export interface QueueDetail {
  readonly queue: QueueRow;
  readonly state: MessageState;
  readonly page: Possible<JobPage>;
}

/** An error as it is shown: its own frames are first. */
export interface ShownError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
}

/** A message as its broker stores it now. */
export interface StoredJob {
  readonly state: MessageState;
  readonly dueAt: number;
  readonly priority: number;
  readonly deliveryCount: number;
  readonly failureCount: number | null;
  readonly holder: string | null;
  readonly lastError: string | null;
  readonly dead: {
    readonly reason: string;
    readonly at: number;
    readonly error: ShownError | null;
  } | null;
  /** Only if the role may see them and asked for them by `?params=1`. */
  readonly params: unknown;
  readonly areParamsHidden: boolean;
}

/** `GET jobs/:id` and `GET dead/:queue/:id`. Also the event `job` of `GET live?job=ID`, without parameters. */
export interface JobDetail {
  readonly id: string;
  readonly job: JobRow | null;
  /** Flow of the job, if any. */
  readonly flow: string | null;
  readonly timeline: Possible<readonly HistoryEvent[]>;
  readonly log: Possible<{ readonly lines: readonly JobLogLine[]; readonly leftOut: number }>;
  readonly result: Possible<JobResult | null>;
  readonly stored: Possible<StoredJob | null>;
  /** Why it is where it is; evidence is one sentence each. */
  readonly why: {
    readonly cause: string;
    readonly summary: string;
    readonly evidence: readonly string[];
    readonly hint: string | null;
  } | null;
}

/** Dead letters that share what the page groups by. */
export interface DeadGroup {
  readonly queue: string;
  readonly reason: string;
  readonly task: string;
  /** The signature that the jobs were sent with; `null` where the body cannot be read. */
  readonly signature: string | null;
  readonly count: number;
  /** Whether there are more than were read. */
  readonly isPartial: boolean;
  readonly oldestAt: number;
  readonly newestAt: number;
  /** The error of the newest one, in one line. */
  readonly error: string | null;
  /** Ids of the newest, at most 20. */
  readonly sample: readonly string[];
}

/** `GET dead`. */
export interface DeadLetters {
  readonly groups: readonly DeadGroup[];
  readonly unsupported: readonly (Limit & { readonly queue: string })[];
}

/** `GET workers`. */
export interface WorkerList {
  readonly workers: Possible<readonly WorkerPresence[]>;
}

/** A schedule, without the parameters of its jobs. Times are ms since 1970. */
export interface ScheduleRow {
  readonly name: string;
  readonly task: string;
  /** Name of the queue, if it is not that of the task. */
  readonly queue: string | null;
  /** A cron expression and its time zone, or an interval in ms. */
  readonly cadence: { readonly cron: string; readonly timeZone: string } | { readonly everyMs: number };
  readonly isPaused: boolean;
  /** Whether it was made at run time, so that it can be edited and removed. */
  readonly isStored: boolean;
  readonly lastAt: number | null;
  readonly nextAt: readonly number[];
}

/** `GET schedules`. */
export interface ScheduleList {
  readonly schedules: Possible<readonly ScheduleRow[]>;
}

/** One job of a flow. */
export interface FlowNode {
  readonly id: string;
  readonly task: string;
  /** `waiting`: it is not sent yet. */
  readonly state: JobRow["state"] | "waiting";
  /** Steps come one after the other; jobs of a group share one. */
  readonly step: number;
}

/** A flow: an edge leads from a job to one that starts after it. */
export interface FlowGraph {
  readonly id: string;
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly (readonly [from: string, to: string])[];
  /** Why steps that are not sent yet are missing; `null` if none is. */
  readonly hidden: Limit | null;
}

/** `GET flows/:id`; `null` for a flow that nothing is known of. */
export interface FlowDetail {
  readonly flow: Possible<FlowGraph | null>;
}

/** A signature that jobs in flight were sent with. */
export interface SignatureRow {
  readonly task: string;
  readonly signature: string;
  readonly queue: string;
  readonly count: number;
  /** Whether this app's task has it. */
  readonly isCurrent: boolean;
}

/** `GET signatures`. Counts are those of the messages that were read, at most 10,000 of a queue. */
export interface SignatureList {
  readonly signatures: Possible<readonly SignatureRow[]>;
  readonly isPartial: boolean;
}
