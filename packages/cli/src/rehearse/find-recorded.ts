import type { App } from "@jobs/core";
import {
  ENVELOPE_VERSION,
  type Envelope,
  type HistoryStore,
  type JobRecord,
  readEnvelope,
} from "@jobs/core/broker";
import type { RehearsedJob } from "@jobs/core/runtime";
import { REDACTED } from "@jobs/core/task";
import { CliError } from "../output/cli-error.ts";
import { maskUrls } from "../output/mask-secrets.ts";
import { findJob } from "../queues/find-job.ts";
import { selectQueues } from "../queues/selected-queues.ts";

/** The history of the app. @throws CliError `refused` without one */
export function historyOf({ history }: App): HistoryStore {
  if (history !== undefined) return history;
  throw new CliError("refused", "this app has no history.", {
    hint: "Name one by --history, or take a dead letter by --from dlq.",
  });
}

/** Why a recorded job cannot run again. */
export type Unusable = "not_recorded" | "redacted";

/** Why the record of a job is not enough to run it; `undefined` where it is. */
export function whyUnusable({ params }: JobRecord, app: App, task: string): Unusable | undefined {
  if (params === undefined) return "not_recorded";
  const hidden = app.tasks.find(task)?.options.redact ?? [];
  return hidden.some((name) => params[name] === REDACTED) ? "redacted" : undefined;
}

/** The job of a record, as far as the history knows it. */
export function envelopeOfRecord(record: JobRecord): Envelope {
  const { id, task, params = {}, enqueuedAt, at, tags, flow } = record;
  return {
    v: ENVELOPE_VERSION,
    task,
    params,
    id,
    // The record does not say which version of the task it was made for; the names tell.
    sig: "",
    enqueuedAt: new Date(enqueuedAt ?? at).toISOString(),
    ...(flow === undefined ? {} : { chain: flow }),
    ...(tags.length === 0 ? {} : { tags }),
  };
}

/** A job of production that can be run here. */
export interface FoundRecord {
  readonly job: RehearsedJob;
  /** How it ended, in one line; `undefined` where that is not known. */
  readonly recorded: string | undefined;
}

/** Finds a dead letter. @throws CliError `not_found` · `refused` for a body that is no job */
export async function findDead(
  app: App,
  id: string,
  names: readonly string[] | undefined,
): Promise<FoundRecord> {
  const { message, name: queue } = await findJob(await selectQueues(app, names), id, ["dead"]);
  const envelope = readEnvelope(message, app.config.worker.codecs);
  if (envelope === undefined) throw new CliError("refused", `the body of ${id} is no job, so it cannot run.`);
  const { dead, failureCount } = message;
  const error = dead?.error === undefined ? "" : `: ${dead.error.name}: ${dead.error.message}`;
  // The run that killed it is the one that is repeated.
  const failures = Math.max(0, (failureCount ?? 1) - 1);
  return { job: { envelope, queue, failures }, recorded: dead && maskUrls(`${dead.reason}${error}`) };
}

/** Finds a job in the history. @throws CliError `not_found` · `refused` where its parameters are not there */
export async function findInHistory(app: App, id: string): Promise<FoundRecord> {
  const record = await historyOf(app).job(id);
  if (record === undefined) throw new CliError("not_found", `the history has no job ${id}.`);
  const { task, queue, state, error, attempt } = record;
  const why = whyUnusable(record, app, task);
  if (why !== undefined) {
    const message = why === "redacted" ? "hides some of its parameters" : "has no parameters";
    throw new CliError("refused", `the record of ${id} ${message}, so it cannot run.`, {
      hint: "The setting monitorParams of a task records parameters, without those that redact names.",
    });
  }
  const failures = Math.max(0, (attempt ?? 1) - 1);
  const recorded = error === null ? state : `${state}: ${error}`;
  return { job: { envelope: envelopeOfRecord(record), queue, failures }, recorded: maskUrls(recorded) };
}
