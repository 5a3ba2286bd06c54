import { OpenTarget } from "../broker/adapter-call.ts";
import { wrongAnswer } from "../broker/check-answers.ts";
import { checkGiven, IDENTITY_RULES, optional } from "../broker/check-form.ts";
import { checkArgument, optionsCheck, required } from "../options/check-options.ts";
import {
  either,
  endless,
  func,
  listOf,
  ms,
  number,
  object,
  oneOf,
  text,
  whole,
} from "../options/option-rules.ts";
import {
  type EventsAfter,
  type EventsPage,
  type HistoryPage,
  type HistoryQuery,
  type HistoryRetention,
  type HistorySpan,
  type HistoryStore,
  MAX_HISTORY_PAGE,
} from "./history-store.ts";
import { HISTORY_STATES, isJobRecord } from "./job-record.ts";

const LIMIT = whole(1, MAX_HISTORY_PAGE);

const checkQuery = optionsCheck<HistoryQuery>({
  task: text,
  queue: text,
  states: listOf("states", oneOf(...HISTORY_STATES)),
  tag: text,
  flow: text,
  since: number,
  until: number,
  limit: LIMIT,
  cursor: text,
});

const checkFrom = optionsCheck<EventsAfter>({ after: text, limit: LIMIT });

const checkSpan = optionsCheck<HistorySpan>({ since: required(number), until: required(number) });

const checkRetention = optionsCheck<HistoryRetention>({
  olderThanMs: required(ms(true)),
  maxJobs: either(whole(0), endless),
});

const validated = new WeakSet<HistoryStore>();

/**
 * Checks what a history store is asked and what it answers, and refuses every call after a close. What it throws stays
 * as it is.
 * @throws ConfigError for a store without one of its members
 */
export function validateHistory(store: HistoryStore): HistoryStore {
  if (validated.has(store)) return store;
  checkGiven<HistoryStore>(store, "the history store", {
    ...IDENTITY_RULES,
    write: func,
    job: func,
    timeline: func,
    list: func,
    events: func,
    totals: func,
    prune: func,
    schema: optional(object),
    absence: optional(func),
    close: func,
  });
  const open = new OpenTarget({ broker: store.kind }, undefined, { keepsErrors: true });
  const result: HistoryStore = {
    kind: store.kind,
    reach: store.reach,
    write: (events) => (events.length === 0 ? Promise.resolve() : open.run(() => store.write(events))),
    ...reading(store, open),
    async prune(retention) {
      checkRetention(retention, "history.prune");
      return open.ask(
        () => store.prune(retention),
        (removed) => {
          if (number.accepts(removed)) return removed;
          throw wrongAnswer(open.target, "history.prune", "the number of removed jobs", removed);
        },
      );
    },
    ...(store.schema === undefined ? {} : { schema: store.schema }),
    ...(store.absence === undefined ? {} : { absence: () => store.absence?.() }),
    close: () => open.close(() => store.close()),
  };
  validated.add(result);
  return result;
}

type Reading = Pick<HistoryStore, "job" | "timeline" | "list" | "events" | "totals">;

function reading(store: HistoryStore, open: OpenTarget): Reading {
  const answered = (call: string, expected: string, isRight: (answer: unknown) => boolean) => {
    return <T>(answer: T): T => {
      if (isRight(answer)) return answer;
      throw wrongAnswer(open.target, `history.${call}`, expected, answer);
    };
  };
  const isJob = answered("job", "a job or undefined", (job) => job === undefined || isJobRecord(job));
  const isTimeline = answered("timeline", "an array of events", Array.isArray);
  const isPage = answered("list", "a page of jobs", (page) =>
    Array.isArray((page as Partial<HistoryPage> | null)?.jobs),
  );
  const isEventsPage = answered("events", "a page of events with its cursor", (page) => {
    const { events, cursor } = (page ?? {}) as Partial<EventsPage>;
    return Array.isArray(events) && typeof cursor === "string";
  });
  const areTotals = answered("totals", "an array of totals", Array.isArray);
  return {
    async job(id) {
      checkArgument(id, "history.job: the id", text);
      return open.ask(() => store.job(id), isJob);
    },
    async timeline(id) {
      checkArgument(id, "history.timeline: the id", text);
      return open.ask(() => store.timeline(id), isTimeline);
    },
    async list(query = {}) {
      checkQuery(query, "history.list");
      return open.ask(() => store.list(query), isPage);
    },
    async events(from = {}) {
      checkFrom(from, "history.events");
      return open.ask(() => store.events(from), isEventsPage);
    },
    async totals(span) {
      checkSpan(span, "history.totals");
      return open.ask(() => store.totals(span), areTotals);
    },
  };
}
