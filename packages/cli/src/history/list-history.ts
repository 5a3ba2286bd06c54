import { type App, ConfigError } from "@jobs/core";
import type { HistoryPage, HistoryQuery, HistoryState, HistoryStore } from "@jobs/core/broker";
import { fromCursor } from "../base/cursor-flag.ts";
import type { Output } from "../output/output.ts";
import { printableJson } from "../output/printable.ts";
import { warn } from "../output/warn.ts";
import { paramsView } from "../queues/params-view.ts";
import { type DescribedRecord, describeRecord } from "./describe-record.ts";

/** What `jobs list` looks for in the history. */
export interface HistoryFlags {
  readonly state?: HistoryState | undefined;
  readonly queue?: string | undefined;
  readonly task?: string | undefined;
  readonly tag?: string | undefined;
  readonly flow?: string | undefined;
  /** How far back, in ms. */
  readonly since?: number | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly params: boolean;
  readonly secrets: boolean;
}

/**
 * Prints a page of jobs, the latest change first, as a table or as JSON of schema `jobs.history/1`.
 * @throws ConfigError without a history · CliError `usage` for a cursor that the store refuses
 */
export async function listHistory(app: App, flags: HistoryFlags, output: Output): Promise<void> {
  const { state, queue, task, tag, flow, since, limit, cursor } = flags;
  const history = historyOf(app);
  const span = since === undefined ? undefined : Date.now() - since;
  const states = state === undefined ? undefined : [state];
  const page = await readPage(history, { states, queue, task, tag, flow, since: span, limit, cursor });
  const view = paramsView(app, flags);
  const jobs = page.jobs.map((record) => describeRecord(record, view));
  const { nextCursor } = page;
  if (output.isJson) {
    return output.json({
      schema: "jobs.history/1",
      jobs,
      ...(nextCursor === undefined ? {} : { nextCursor }),
    });
  }
  await printRecords(jobs, flags.params || flags.secrets, output);
  if (nextCursor !== undefined) output.note(`more: --cursor ${nextCursor}`);
}

function historyOf(app: App): HistoryStore {
  if (app.history !== undefined) return app.history;
  throw new ConfigError("no history is named, so finished jobs are not known.", {
    hint: "Name one by --history, JOBS_HISTORY or the configuration file; jobs that end from then on are listed.",
  });
}

/** A store that does not exist yet is not made by a reader. */
async function readPage(history: HistoryStore, query: HistoryQuery): Promise<HistoryPage> {
  const absent = history.absence?.();
  if (absent !== undefined) {
    warn(`the history is empty: ${absent}.`);
    return { jobs: [] };
  }
  return fromCursor(query.cursor, history.list(query));
}

async function printRecords(
  jobs: readonly DescribedRecord[],
  hasParams: boolean,
  output: Output,
): Promise<void> {
  if (jobs.length === 0) return output.line("none");
  const { tableLines } = await import("../output/table.ts");
  const hasTags = jobs.some(({ tags }) => tags.length > 0);
  const titles = ["id", "task", "queue", "state", "attempt", "changed", "ms", "last error"];
  const columns = [...titles, ...(hasTags ? ["tags"] : []), ...(hasParams ? ["params"] : [])].map(
    (title) => ({
      title,
    }),
  );
  const rows = jobs.map((job) => [
    job.id,
    job.task,
    job.queue,
    job.deadReason === undefined ? job.state : `${job.state} (${job.deadReason})`,
    job.attempt === null ? "" : String(job.attempt),
    job.changedAt,
    job.durationMs === undefined ? "" : String(Math.round(job.durationMs)),
    job.lastError ?? "",
    ...(hasTags ? [job.tags.join(" ")] : []),
    ...(hasParams ? [job.params === undefined ? "" : printableJson(job.params)] : []),
  ]);
  for (const line of tableLines(columns, rows)) output.line(line);
}
