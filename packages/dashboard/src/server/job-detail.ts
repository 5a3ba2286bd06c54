import type { App } from "@jobs/core";
import type { JobDetail } from "../api/api-types.ts";
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
  const [{ found, isWhole }, result, log] = await Promise.all([
    findStored(app, id, view.deadIn),
    readResult(app, id),
    orLimit("log", app.jobLog(id)),
  ]);
  const stored = found === undefined ? null : describeStored(app, found.message, view);
  const isHidden = stored === null && !isWhole;
  return {
    id,
    job: found === undefined ? doneRow(result) : rowOf(found.message, found.queue),
    flow: null,
    timeline: { unsupported: NO_HISTORY },
    log,
    result,
    stored: isHidden ? { unsupported: noPeek(app.broker?.kind ?? "this broker") } : stored,
    why: null,
  };
}

async function readResult(app: App, id: string): Promise<JobDetail["result"]> {
  if (app.results === undefined) return { unsupported: NO_RESULTS };
  return (await app.result(id)) ?? null;
}

/** A finished job, from its result. */
function doneRow(result: JobDetail["result"]): JobDetail["job"] {
  if (result === null || "unsupported" in result) return null;
  const { id, task, queue, status, attempt, finishedAt, error } = result;
  const text = error === undefined ? null : `${error.name}: ${error.message}`;
  return { id, task, queue, state: status, attempt, at: finishedAt, durationMs: null, error: text, tags: [] };
}
