import type { App } from "@jobs/core";
import type { JobRecord } from "@jobs/core/broker";
import type { JobDetail, JobRow } from "../api/api-types.ts";
import { readTimeline, rowOfRecord } from "./history-pages.ts";
import { NO_HISTORY, NO_RESULTS, noPeek, orLimit } from "./limits.ts";
import { describeStored, findStored, rowOf } from "./stored-jobs.ts";

/** What a viewer may see of a job. */
export interface JobView {
  readonly areParamsShown: boolean;
  /** The queue whose dead letter it is. Default: it is looked for everywhere. */
  readonly deadIn?: string;
}

/** All that is known of a job: from its queue, the result store and the history. */
export async function readJob(app: App, id: string, view: JobView): Promise<JobDetail> {
  const { history } = app;
  const { found, isWhole } = await findStored(app, id, view.deadIn);
  // A job of another system may have another id in its body, which the stores know it by.
  const own = found?.envelope?.id ?? id;
  const [record, timeline, result, log, why] = await Promise.all([
    history?.job(own),
    history === undefined ? { unsupported: NO_HISTORY } : readTimeline(history, own, view.areParamsShown),
    readResult(app, own),
    orLimit("log", app.jobLog(own)),
    explain(app, id),
  ]);
  const stored = found === undefined ? null : describeStored(app, found, view);
  const isHidden = stored === null && !isWhole;
  return {
    id,
    job: found === undefined ? doneRow(result, record) : rowWithTags(rowOf(found), record),
    flow: record?.flow ?? null,
    timeline,
    log,
    result,
    stored: isHidden ? { unsupported: noPeek(app.broker?.kind ?? "this broker") } : stored,
    why,
  };
}

async function readResult(app: App, id: string): Promise<JobDetail["result"]> {
  if (app.results === undefined) return { unsupported: NO_RESULTS };
  return (await app.result(id)) ?? null;
}

async function explain(app: App, id: string): Promise<JobDetail["why"]> {
  const { cause, summary, evidence, hint } = await app.why(id);
  return { cause, summary, evidence: evidence.map(({ statement }) => statement), hint: hint ?? null };
}

/** What its queue says is newer than the history; the queue knows no tags. */
function rowWithTags(row: JobRow, record: JobRecord | undefined): JobRow {
  return record === undefined ? row : { ...row, tags: record.tags };
}

/** A job that no queue has, from its result or else the history. */
function doneRow(result: JobDetail["result"], record: JobRecord | undefined): JobDetail["job"] {
  if (record !== undefined) return rowOfRecord(record);
  if (result === null || "unsupported" in result) return null;
  const { id, task, queue, status, attempt, finishedAt, error } = result;
  const text = error === undefined ? null : `${error.name}: ${error.message}`;
  return { id, task, queue, state: status, attempt, at: finishedAt, durationMs: null, error: text, tags: [] };
}
