import {
  escapeText,
  HISTORY_PAGE,
  HISTORY_STATES,
  type HistoryPage,
  type HistoryQuery,
  listCursor,
  listPosition,
  readKeptJob,
  unescapeText,
} from "@jobs/core/broker";
import type { SqlValue } from "../driver/connection.ts";
import type { Sql } from "../storage/shared-connection.ts";

/** A part of a statement with its values. */
interface Clause {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

interface JobRow {
  readonly id: string;
  readonly job: string;
}

/** One page of jobs. @throws UnreadableRecordError naming the job · ConfigError for an unknown cursor */
export function listJobs(sql: Sql, query: HistoryQuery): HistoryPage {
  const { limit = HISTORY_PAGE } = query;
  const { text, values } = pageOf(query);
  if (text === "") return { jobs: [] };
  const rows = sql.all<JobRow>(
    `SELECT jobs.id, jobs.job FROM (${text}) AS page CROSS JOIN history_jobs AS jobs ON jobs.id = page.id
      ORDER BY page.at DESC, page.id DESC LIMIT ?`,
    ...values,
    limit + 1,
  );
  const jobs = rows.slice(0, limit).map(({ id, job }) => readKeptJob(unescapeText(id), job).record);
  const last = jobs.at(-1);
  return rows.length <= limit || last === undefined ? { jobs } : { jobs, nextCursor: listCursor(last) };
}

/** Selects time and id of the jobs of a page, perhaps of more. Empty if no job can fit. */
function pageOf(query: HistoryQuery): Clause {
  const { tag, flow, states = HISTORY_STATES, limit = HISTORY_PAGE } = query;
  if (states.length === 0) return { text: "", values: [] };
  if (tag !== undefined || flow !== undefined) return ofTagOrFlow(query);
  // Each state is one short range of an index. Several at once would have to be sorted.
  const { text, values } = joined([...equals(query, ""), ...spanOf(query, "history_jobs")]);
  const each = `SELECT * FROM (SELECT at, id FROM history_jobs WHERE state = ?${text}
    ORDER BY at DESC, id DESC LIMIT ?)`;
  return {
    text: states.map(() => each).join(" UNION ALL "),
    values: states.flatMap((state) => [state, ...values, limit + 1]),
  };
}

/** Reads the jobs of a tag or a flow in their order. A `+` keeps the planner from another index. */
function ofTagOrFlow(query: HistoryQuery): Clause {
  const { tag, flow, states, limit = HISTORY_PAGE } = query;
  const [from, own]: readonly [string, Clause] =
    tag === undefined
      ? ["history_jobs AS listed", { text: "listed.flow = ?", values: [escapeText(flow ?? "")] }]
      : [
          "history_tags AS listed CROSS JOIN history_jobs AS own ON own.id = listed.id",
          { text: "listed.tag = ?", values: [escapeText(tag)] },
        ];
  const table = tag === undefined ? "listed" : "own";
  const rest = [...equals(query, `+${table}.`), ...spanOf(query, "listed")];
  if (tag !== undefined && flow !== undefined)
    rest.push({ text: `+${table}.flow = ?`, values: [escapeText(flow)] });
  if (states !== undefined)
    rest.push({ text: `+${table}.state IN (${states.map(() => "?").join()})`, values: states });
  const { text, values } = joined(rest);
  return {
    text: `SELECT listed.at, listed.id FROM ${from} WHERE ${own.text}${text}
      ORDER BY listed.at DESC, listed.id DESC LIMIT ?`,
    values: [...own.values, ...values, limit + 1],
  };
}

function equals({ task, queue }: HistoryQuery, before: string): Clause[] {
  const clauses: Clause[] = [];
  if (task !== undefined) clauses.push({ text: `${before}task = ?`, values: [escapeText(task)] });
  if (queue !== undefined) clauses.push({ text: `${before}queue = ?`, values: [escapeText(queue)] });
  return clauses;
}

/** The span of time, and what comes after the cursor. */
function spanOf({ since, until, cursor }: HistoryQuery, table: string): Clause[] {
  const clauses: Clause[] = [];
  if (since !== undefined) clauses.push({ text: `${table}.at >= ?`, values: [since] });
  if (until !== undefined) clauses.push({ text: `${table}.at < ?`, values: [until] });
  if (cursor !== undefined) {
    const { at, id } = listPosition(cursor);
    clauses.push({ text: `(${table}.at, ${table}.id) < (?, ?)`, values: [at, escapeText(id)] });
  }
  return clauses;
}

function joined(clauses: readonly Clause[]): Clause {
  return {
    text: clauses.map(({ text }) => ` AND ${text}`).join(""),
    values: clauses.flatMap(({ values }) => values),
  };
}
