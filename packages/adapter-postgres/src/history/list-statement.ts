import { escapeText, HISTORY_PAGE, HISTORY_STATES, type HistoryQuery, listPosition } from "@jobs/core/broker";

/** A statement with its values. */
interface ListStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The tables of a list. */
interface ListTables {
  readonly jobs: string;
  readonly tags: string;
}

/**
 * Selects id and text of one job more than the page has. Each state is one short range of an index; several at once
 * would have to be sorted. Tags and flows have their own order, in which other filters are applied.
 * @throws ConfigError for an unknown cursor
 */
export function listStatement(query: HistoryQuery, tables: ListTables): ListStatement {
  const values: unknown[] = [];
  const add = (value: unknown): string => `$${values.push(value)}`;
  const { tag, flow, limit = HISTORY_PAGE } = query;
  const count = add(limit + 1);
  const page = tag === undefined && flow === undefined ? pageByState : pageByTagOrFlow;
  const text = `SELECT jobs.id, jobs.job::text FROM (${page(query, tables, add, count)}) AS listed
    JOIN ${tables.jobs} AS jobs ON jobs.id = listed.id
    ORDER BY listed.at DESC, listed.id DESC LIMIT ${count}`;
  return { text, values };
}

type AddValue = (value: unknown) => string;

function pageByState(query: HistoryQuery, { jobs }: ListTables, add: AddValue, count: string): string {
  const { states = HISTORY_STATES } = query;
  const rest = filters(query, "jobs", add);
  const pages = states.map((state) => {
    const where = [`jobs.state = ${add(state)}`, ...rest].join(" AND ");
    return `(SELECT jobs.at, jobs.id FROM ${jobs} AS jobs WHERE ${where}
      ORDER BY jobs.at DESC, jobs.id DESC LIMIT ${count})`;
  });
  return pages.join(" UNION ALL ");
}

function pageByTagOrFlow(query: HistoryQuery, tables: ListTables, add: AddValue, count: string): string {
  const { tag, flow, states } = query;
  const inOrder = tag === undefined ? "jobs" : "listed";
  const where = [...filters(query, inOrder, add)];
  if (states !== undefined) where.push(`jobs.state = ANY(${add(states)}::text[])`);
  if (flow !== undefined) where.push(`jobs.flow = ${add(escapeText(flow))}`);
  if (tag !== undefined) where.push(`listed.tag = ${add(escapeText(tag))}`);
  const jobs = `${tables.jobs} AS jobs`;
  const from = tag === undefined ? jobs : `${tables.tags} AS listed JOIN ${jobs} ON jobs.id = listed.id`;
  return `SELECT ${inOrder}.at, ${inOrder}.id FROM ${from} WHERE ${where.join(" AND ")}
    ORDER BY ${inOrder}.at DESC, ${inOrder}.id DESC LIMIT ${count}`;
}

/** What holds for the job, whichever index is read. `inOrder` is the table with the index. */
function filters(
  { task, queue, since, until, cursor }: HistoryQuery,
  inOrder: string,
  add: AddValue,
): readonly string[] {
  const clauses: string[] = [];
  if (task !== undefined) clauses.push(`jobs.task = ${add(escapeText(task))}`);
  if (queue !== undefined) clauses.push(`jobs.queue = ${add(escapeText(queue))}`);
  if (since !== undefined) clauses.push(`${inOrder}.at >= ${add(since)}::float8`);
  if (until !== undefined) clauses.push(`${inOrder}.at < ${add(until)}::float8`);
  if (cursor !== undefined) {
    const { at, id } = listPosition(cursor);
    clauses.push(`(${inOrder}.at, ${inOrder}.id) < (${add(at)}::float8, ${add(escapeText(id))})`);
  }
  return clauses;
}
