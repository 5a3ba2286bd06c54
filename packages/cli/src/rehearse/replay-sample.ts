import type { App, Task } from "@jobs/core";
import { type JobRecord, MAX_HISTORY_PAGE } from "@jobs/core/broker";
import { openProgress } from "../output/open-progress.ts";
import { type ComparedOutcome, compareOutcome } from "./compare-outcome.ts";
import { envelopeOfRecord, historyOf, whyUnusable } from "./find-recorded.ts";
import type { OpenedRehearsal } from "./open-rehearsal.ts";

/** The latest recorded jobs of a task. */
export interface Sample {
  /** Those that can run again. */
  readonly records: readonly JobRecord[];
  /** Those whose parameters the history does not have. */
  readonly notRecorded: number;
  /** Those with parameters that their task hides. */
  readonly redacted: number;
}

/** A recorded job that was run again. */
export interface ReplayedJob extends ComparedOutcome {
  readonly id: string;
  /** Of the run here; `null` where the handler was not called. */
  readonly durationMs: number | null;
  /** Jobs that it would have enqueued. */
  readonly followUps: number;
}

/** Reads the latest `most` jobs of a task that have succeeded or died. @throws CliError `refused` without a history */
export async function readSample(app: App, task: Task, most: number): Promise<Sample> {
  const history = historyOf(app);
  const records: JobRecord[] = [];
  const unusable = { not_recorded: 0, redacted: 0 };
  let cursor: string | undefined;
  let left = most;
  do {
    const limit = Math.min(left, MAX_HISTORY_PAGE);
    const page = await history.list({ task: task.name, states: ["succeeded", "dead"], limit, cursor });
    for (const record of page.jobs) {
      const why = whyUnusable(record, app, task.name);
      if (why === undefined) records.push(record);
      else unusable[why]++;
    }
    left -= page.jobs.length;
    cursor = page.nextCursor;
  } while (cursor !== undefined && left > 0);
  return { records, notRecorded: unusable.not_recorded, redacted: unusable.redacted };
}

/** How a sample is run. */
export interface ReplayOptions {
  readonly concurrency: number;
  /** Time limit of one run, in ms. Default: that of the task. */
  readonly timeoutMs: number | undefined;
}

/** Runs recorded jobs with today's code, and compares. The answer is in the order of the records. */
export async function replaySample(
  rehearsal: OpenedRehearsal,
  records: readonly JobRecord[],
  { concurrency, timeoutMs }: ReplayOptions,
): Promise<readonly ReplayedJob[]> {
  using progress = await openProgress("ran");
  const replayed: ReplayedJob[] = [];
  let [next, done] = [0, 0];
  const work = async () => {
    for (let index = next++; index < records.length; index = next++) {
      const record = records[index] as JobRecord;
      replayed[index] = await replayOne(rehearsal, record, timeoutMs);
      progress?.show({ count: ++done, share: done / records.length });
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, records.length) }, work));
  return replayed;
}

async function replayOne(
  { app, run }: OpenedRehearsal,
  record: JobRecord,
  timeoutMs: number | undefined,
): Promise<ReplayedJob> {
  const { id, queue, attempt } = record;
  const failures = Math.max(0, (attempt ?? 1) - 1);
  const result = await app.results?.get(id);
  const { outcome, followUps } = await run({
    envelope: envelopeOfRecord(record),
    queue,
    failures,
    timeoutMs,
  });
  const durationMs = outcome.status === "refused" ? null : outcome.durationMs;
  return { id, ...compareOutcome(record, result, outcome), durationMs, followUps: followUps.length };
}
