/** "jobs" in ASCII: marks this program's files (`PRAGMA application_id`). */
export const APPLICATION_ID = 0x6a6f6273;

/** The stored state of a message. It changes in place; done messages are deleted. */
export const STATE = { ready: 0, delayed: 1, leased: 2, dead: 3 } as const;

/** Priorities 0 (normal) to 9 (first). */
export const PRIORITY_LEVELS = 10;

/** Each priority has two ranks: released messages wait in front of the others. */
export const RANKS = 2 * PRIORITY_LEVELS;

/** SQL for the rank of a ready message with this priority: smaller comes first. */
export function rankOf(priority: string): string {
  return `${RANKS - 1} - 2 * ${priority}`;
}

/** The rank of a message by its priority. A priority that somebody edited counts as the nearest valid one. */
export const READY_RANK = rankOf(`min(max(priority, 0), ${PRIORITY_LEVELS - 1})`);

/** The rank in front of {@link READY_RANK}, for released messages. */
export const RELEASED_RANK = `${READY_RANK} - 1`;

/**
 * The index `line` serves every query of the receive path with one short range. These are: ready messages in order,
 * due ones, the next end of a lease, the oldest death. `rank` is 0 for delayed and leased messages. So only `at`
 * orders them, which is the due time or the end of the lease. Of a dead letter `rank` is the number of the death.
 * `due_at` stays during a lease, so that a released job returns to its old place. The counts in `queues` change with
 * the messages in one transaction, since counting 10⁶ rows would block the event loop. `last_number` only grows. It
 * numbers leases and deaths. So a receipt is unique even when SQLite reuses a row number, and the order of deaths
 * stays right when the clock stops or goes back.
 */
const FIRST_SCHEMA = `
CREATE TABLE queues (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  is_paused INTEGER NOT NULL DEFAULT 0,
  last_number INTEGER NOT NULL DEFAULT 0,
  ready INTEGER NOT NULL DEFAULT 0,
  delayed INTEGER NOT NULL DEFAULT 0,
  leased INTEGER NOT NULL DEFAULT 0,
  dead INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE messages (
  seq INTEGER PRIMARY KEY,
  queue INTEGER NOT NULL,
  state INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  lease INTEGER,
  deliveries INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  crashes INTEGER NOT NULL DEFAULT 0,
  redrives INTEGER NOT NULL DEFAULT 0,
  id TEXT NOT NULL,
  label TEXT NOT NULL,
  body TEXT NOT NULL,
  last_error TEXT,
  dead_reason TEXT,
  dead_error TEXT
) STRICT;
CREATE INDEX line ON messages (queue, state, rank, at);
CREATE UNIQUE INDEX message_ids ON messages (queue, id);
CREATE TABLE results (
  id TEXT PRIMARY KEY,
  status TEXT NOT NULL,
  result TEXT NOT NULL,
  expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX result_expiry ON results (expires_at) WHERE expires_at IS NOT NULL;
`;

const MARKS = `
CREATE TABLE marks (
  set_name TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (set_name, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX mark_expiry ON marks (expires_at);
`;

const MONITOR = `
CREATE TABLE monitor_events (
  event_id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  source TEXT NOT NULL,
  seq INTEGER NOT NULL,
  job TEXT,
  data TEXT NOT NULL
) STRICT;
CREATE INDEX monitor_events_of_job ON monitor_events (job, at) WHERE job IS NOT NULL;
CREATE INDEX monitor_events_by_time ON monitor_events (at);
CREATE TABLE monitor_jobs (
  id TEXT PRIMARY KEY,
  task TEXT NOT NULL,
  queue TEXT NOT NULL,
  state TEXT NOT NULL,
  attempt INTEGER,
  at INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  error TEXT
) STRICT;
CREATE INDEX monitor_jobs_by_state ON monitor_jobs (state, at);
`;

/** Messages that are stored when the count begins have arrived once. */
const ENTERED = `
ALTER TABLE queues ADD COLUMN entered INTEGER NOT NULL DEFAULT 0;
UPDATE queues SET entered = ready + delayed + leased + dead;
`;

/** The holder of the latest lease; without meaning after the lease. */
const HOLDER = "ALTER TABLE messages ADD COLUMN holder TEXT;";

/**
 * A message whose lease has ended is ready and keeps the lease's number. Its holder may still settle until it is taken
 * again. Then that lease counts as a crash. It is stored, so that a call of its holder can take it back.
 */
const CRASHED = `
ALTER TABLE messages ADD COLUMN crashed INTEGER;
`;

/** An id may be used again: the time of the enqueue, in ms since 1970, distinguishes the uses. */
const USE_OF_ID = "ALTER TABLE results ADD COLUMN enqueued_at INTEGER;";

/** JSON text of the value of a job that its handler has completed with a transaction of its own. */
const COMPLETED = "ALTER TABLE messages ADD COLUMN completed TEXT;";

/**
 * The history takes the place of the monitor's tables, which no release has had. Names are escaped, see `escapeText`.
 * `position` is the order of the feed; it is never used again. Lists ask for one state after the other, so each of
 * their indexes begins with equal values and ends with the order of the list. A filter by tag reads the tags in the
 * same order.
 */
const HISTORY = `
DROP TABLE monitor_events;
DROP TABLE monitor_jobs;
CREATE TABLE history_events (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL UNIQUE,
  at REAL NOT NULL,
  type TEXT NOT NULL,
  job TEXT,
  event TEXT NOT NULL
) STRICT;
CREATE INDEX history_events_of_job ON history_events (job, at) WHERE job IS NOT NULL;
CREATE INDEX history_events_of_no_job ON history_events (at) WHERE job IS NULL;
CREATE TABLE history_jobs (
  id TEXT PRIMARY KEY,
  task TEXT NOT NULL,
  queue TEXT NOT NULL,
  state TEXT NOT NULL,
  at REAL NOT NULL,
  flow TEXT,
  job TEXT NOT NULL
) STRICT;
CREATE INDEX history_jobs_by_state ON history_jobs (state, at, id);
CREATE INDEX history_jobs_by_task ON history_jobs (task, state, at, id);
CREATE INDEX history_jobs_by_queue ON history_jobs (queue, state, at, id);
CREATE INDEX history_jobs_by_flow ON history_jobs (flow, at, id) WHERE flow IS NOT NULL;
CREATE TABLE history_tags (
  tag TEXT NOT NULL,
  at REAL NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (tag, at, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX history_tags_of_job ON history_tags (id);
CREATE TABLE history_totals (
  minute INTEGER NOT NULL,
  queue TEXT NOT NULL,
  task TEXT NOT NULL,
  enqueued INTEGER NOT NULL,
  started INTEGER NOT NULL,
  succeeded INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  dead INTEGER NOT NULL,
  cancelled INTEGER NOT NULL,
  duration_ms REAL NOT NULL,
  PRIMARY KEY (minute, queue, task)
) STRICT, WITHOUT ROWID;
`;

/**
 * Results are stored in the order of their arrival. In the order of their ids, each one moved its neighbours to other
 * pages.
 */
const RESULTS_BY_ARRIVAL = `
DROP INDEX result_expiry;
ALTER TABLE results RENAME TO results_by_id;
CREATE TABLE results (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL,
  result TEXT NOT NULL,
  expires_at INTEGER,
  enqueued_at INTEGER
) STRICT;
INSERT INTO results (id, status, result, expires_at, enqueued_at)
  SELECT id, status, result, expires_at, enqueued_at FROM results_by_id;
DROP TABLE results_by_id;
CREATE INDEX result_expiry ON results (expires_at) WHERE expires_at IS NOT NULL;
`;

/**
 * Leased messages come right before the ready ones. So a receive takes a message out of one page of the index and puts
 * it back into the same page, unless many are delayed: those are between them.
 */
const LEASED_BESIDE_READY = `
DROP INDEX line;
CREATE INDEX line ON messages (queue, state DESC, rank, at);
`;

/**
 * A large body is not in the row of its message, which is written again with each change of its state. The row has an
 * empty text in its place. Bodies that older releases stored stay in their rows.
 */
const LARGE_BODIES = `
CREATE TABLE bodies (
  message INTEGER PRIMARY KEY,
  body TEXT NOT NULL
) STRICT;
CREATE TRIGGER body_of_message AFTER DELETE ON messages WHEN old.body = ''
  BEGIN DELETE FROM bodies WHERE message = old.seq; END;
`;

/** Entry n migrates a file from schema version n to n + 1. Entries are never edited, only added. */
export const MIGRATIONS: readonly string[] = [
  FIRST_SCHEMA,
  MARKS,
  MONITOR,
  ENTERED,
  HOLDER,
  CRASHED,
  USE_OF_ID,
  HISTORY,
  COMPLETED,
  RESULTS_BY_ARRIVAL,
  LEASED_BESIDE_READY,
  LARGE_BODIES,
];

/** The tables of the migrations. All are STRICT, so that columns have their declared types. */
export const TABLES: readonly string[] = [
  "queues",
  "messages",
  "bodies",
  "results",
  "marks",
  "history_events",
  "history_jobs",
  "history_tags",
  "history_totals",
];
