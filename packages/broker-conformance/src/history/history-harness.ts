import type { HistoryEvent, HistoryQuery, HistoryStore, JobRecord } from "@jobs/core/broker";
import type { TestTime } from "../harness/test-time.ts";

/** One fresh storage of a history, for one test. */
export interface HistoryHarness {
  /** The time in which the storage is tested. Its clock decides what is old. */
  readonly time: TestTime;
  /**
   * The longest time until readers of the feed see what was written, in real ms. Default 5,000: a store may have to wait
   * for older transactions.
   */
  readonly visibleMs?: number;
  /** Opens the storage as another process does. */
  open(): Promise<HistoryStore> | HistoryStore;
  /**
   * Replaces the text of a kept job, like somebody who edits the storage; `false` when the storage refuses it. Left out
   * if jobs are not kept as text.
   */
  corrupt?(id: string, text: string): Promise<boolean>;
  /** Closes everything that was opened and deletes the storage. */
  dispose(): Promise<void> | void;
}

/** One rule of a history store, and the test that proves it. */
export interface HistoryRule {
  readonly title: string;
  readonly prove: (store: HistoryStore, harness: HistoryHarness) => Promise<void>;
}

/** The job of most events. */
export const JOB = { id: "job-1", task: "work", queue: "default" } as const;

/** Makes events of one source, numbered as a producer or a worker numbers its own. */
export class EventMaker {
  readonly #source: string;
  #seq = 0;

  constructor(source = "host:1:me") {
    this.#source = source;
  }

  /** An event with its `type`, the moment `at` and further members. */
  event(type: HistoryEvent["type"], at: number, members: Readonly<Record<string, unknown>>): HistoryEvent {
    const seq = ++this.#seq;
    const event = { type, at, ...members, eventId: `${this.#source}#${seq}`, source: this.#source, seq };
    return event as unknown as HistoryEvent;
  }

  /** An event of a job's run; of its first one, unless `job` says otherwise. */
  run(
    type: HistoryEvent["type"],
    at: number,
    members: Readonly<Record<string, unknown>> = {},
    job: Readonly<Record<string, unknown>> = JOB,
  ): HistoryEvent {
    return this.event(type, at, { job: { attempt: 1, ...job }, ...members });
  }

  /** A job is enqueued. */
  enqueued(
    at: number,
    job: Readonly<Record<string, unknown>> = JOB,
    members: Readonly<Record<string, unknown>> = {},
  ): HistoryEvent {
    return this.event("job.enqueued", at, { job, delayMs: 0, ...members });
  }

  /** A job from its enqueue to its success, one ms each. */
  done(at: number, job: Readonly<Record<string, unknown>>): readonly HistoryEvent[] {
    return [
      this.enqueued(at, job),
      this.run("job.started", at + 1, { worker: "host:1:w" }, job),
      this.run("job.succeeded", at + 2, { durationMs: 1 }, job),
    ];
  }
}

/** All jobs of a query, page by page. */
export async function listAll(
  store: HistoryStore,
  query: HistoryQuery,
  afterPage: () => Promise<void> = async () => {},
): Promise<readonly JobRecord[]> {
  const jobs: JobRecord[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await store.list({ ...query, cursor });
    jobs.push(...page.jobs);
    cursor = page.nextCursor;
    if (cursor === undefined) return jobs;
    await afterPage();
  }
}
