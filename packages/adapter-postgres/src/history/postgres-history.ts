import {
  compareTotals,
  type EventsPage,
  escapeText,
  HISTORY_PAGE,
  type HistoryEvent,
  type HistoryPage,
  type HistoryQuery,
  type HistorySpan,
  type HistoryStore,
  type HistoryTotals,
  type JobRecord,
  LATEST_EVENT,
  listCursor,
  readHistoryEvent,
  readKeptJob,
  unescapeText,
  unknownCursor,
  validateHistory,
} from "@jobs/core/broker";
import { type Clock, optionRules, optionsCheck, systemClock } from "@jobs/core/runtime";
import { type ConnectionOptions, connectionSettings, STORE_RULES } from "../connection/connection-options.ts";
import { KIND } from "../connection/postgres-fault.ts";
import { PostgresLink } from "../connection/postgres-link.ts";
import { prepareTables } from "../schema/migrate.ts";
import { postgresSchema } from "../schema/postgres-schema.ts";
import { tableNames } from "../schema/table-names.ts";
import { listStatement } from "./list-statement.ts";
import { pruneHistory } from "./prune-history.ts";
import { type ReadStatements, readStatements } from "./read-statements.ts";
import { eventWriter } from "./write-events.ts";

/** Options of {@link postgresHistory}. */
export interface PostgresHistoryOptions extends ConnectionOptions {
  /** The schema that holds the tables. Default `jobs`. */
  readonly schema?: string;
  /** As for `postgresResults`. Default true. */
  readonly migrate?: boolean;
  /** Decides what is old. Default: the machine's. */
  readonly clock?: Clock;
}

const checkOptions = optionsCheck<PostgresHistoryOptions>({ ...STORE_RULES, clock: optionRules.clock });

/**
 * Keeps the history of jobs in Postgres.
 * @throws ConfigError for options that cannot be used.
 */
export function postgresHistory(options: PostgresHistoryOptions = {}): HistoryStore {
  checkOptions(options, "postgresHistory()");
  const { clock = systemClock } = options;
  const settings = connectionSettings(options);
  const tables = tableNames(settings.schema);
  const link = new PostgresLink(settings, "history store", (pool) =>
    prepareTables(pool, settings, options.migrate),
  );
  const reader = new HistoryReader(link, readStatements(tables), tables.historyJobs, tables.historyTags);
  const write = eventWriter(tables);
  return validateHistory({
    kind: KIND,
    reach: "network",
    schema: postgresSchema(options),
    write: (events) => link.transact((ask) => write(ask, events)),
    job: (id) => reader.job(id),
    timeline: (id) => reader.timeline(id),
    list: (query = {}) => reader.list(query),
    events: ({ after, limit = HISTORY_PAGE } = {}) => reader.events(after, limit),
    totals: (span) => reader.totals(span),
    prune: (retention) => pruneHistory(link, tables, { ...retention, now: clock.now() }),
    close: () => link.close(),
  });
}

interface EventRow {
  readonly writer: string;
  readonly position: string;
  readonly event: string;
}

class HistoryReader {
  readonly #link: PostgresLink;
  readonly #statements: ReadStatements;
  readonly #jobs: string;
  readonly #tags: string;

  constructor(link: PostgresLink, statements: ReadStatements, jobs: string, tags: string) {
    this.#link = link;
    this.#statements = statements;
    this.#jobs = jobs;
    this.#tags = tags;
  }

  async job(id: string): Promise<JobRecord | undefined> {
    const { rows } = await this.#link.query<{ readonly job: string }>(this.#statements.job, [escapeText(id)]);
    return rows[0] && readKeptJob(id, rows[0].job).record;
  }

  async timeline(id: string): Promise<readonly HistoryEvent[]> {
    const { rows } = await this.#link.query<EventRow>(this.#statements.timeline, [escapeText(id)]);
    return rows.map(({ event }) => readHistoryEvent(event, `an event of job ${id}`));
  }

  async list(query: HistoryQuery): Promise<HistoryPage> {
    const { limit = HISTORY_PAGE, states } = query;
    if (states?.length === 0) return { jobs: [] };
    const { text, values } = listStatement(query, { jobs: this.#jobs, tags: this.#tags });
    const { rows } = await this.#link.query<{ readonly id: string; readonly job: string }>(
      { name: "", text },
      values,
    );
    const jobs = rows.slice(0, limit).map(({ id, job }) => readKeptJob(unescapeText(id), job).record);
    const last = jobs.at(-1);
    return rows.length <= limit || last === undefined ? { jobs } : { jobs, nextCursor: listCursor(last) };
  }

  async events(after: string | undefined, limit: number): Promise<EventsPage> {
    if (after === LATEST_EVENT) {
      const { rows } = await this.#link.query<EventRow>(this.#statements.latest, []);
      return { events: [], cursor: rows[0] === undefined ? BEGINNING : cursorOf(rows[0]) };
    }
    const cursor = after ?? BEGINNING;
    const { writer, position } = /^(?<writer>\d+)-(?<position>\d+)$/.exec(cursor)?.groups ?? {};
    if (writer === undefined) throw unknownCursor("the cursor of an earlier page");
    const { rows } = await this.#link.query<EventRow>(this.#statements.events, [writer, position, limit]);
    const last = rows.at(-1);
    return {
      events: rows.map(({ event, position: at }) => readHistoryEvent(event, `event ${at} of the history`)),
      cursor: last === undefined ? cursor : cursorOf(last),
    };
  }

  async totals({ since, until }: HistorySpan): Promise<readonly HistoryTotals[]> {
    const { rows } = await this.#link.query<HistoryTotals>(this.#statements.totals, [since, until]);
    return rows
      .map((row) => ({ ...row, queue: unescapeText(row.queue), task: unescapeText(row.task) }))
      .sort(compareTotals);
  }
}

/** Before the oldest event. */
const BEGINNING = "0-0";

function cursorOf({ writer, position }: EventRow): string {
  return `${writer}-${position}`;
}
