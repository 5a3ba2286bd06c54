/** "jobs" in ASCII: tells this program's files from other SQLite databases (`PRAGMA application_id`). */
export const APPLICATION_ID = 0x6a6f6273;

/** Where a message stands, as it is stored. A message changes its state in place; done messages are deleted. */
export const STATE = { ready: 0, delayed: 1, leased: 2, dead: 3 } as const;

/** Priorities 0 (normal) to 9 (first). */
export const PRIORITY_LEVELS = 10;

/** Each priority has two ranks: what was given back unworked waits in front of the rest. */
export const RANKS = 2 * PRIORITY_LEVELS;

/** SQL for the place in line of a ready message with that priority: smaller comes first. */
export function rankOf(priority: string): string {
  return `${RANKS - 1} - 2 * ${priority}`;
}

/** The place in line of a message by its own priority; one that somebody has edited counts as the nearest there is. */
export const READY_RANK = rankOf(`min(max(priority, 0), ${PRIORITY_LEVELS - 1})`);

/** The place in front of {@link READY_RANK}: for what was released. */
export const RELEASED_RANK = `${READY_RANK} - 1`;

/**
 * `line` answers every question of the receive path with one short range: what is ready in order, what is due, which
 * lease ends next, who died first. `rank` is 0 for delayed and leased messages, so that they are ordered by `at` alone,
 * which is the due time or the end of the lease; it counts up with each death. `due_at` survives a lease: a job given
 * back returns to its old place.
 * The counts in `queues` move in the same transaction as the messages; counting 10⁶ rows would stop the event loop.
 * `last_number` only ever rises: it numbers leases and deaths, which makes a receipt unique even when SQLite uses a row
 * number again, and keeps the order of death when the clock stands still or goes back.
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

/** What is stored when the count begins came in once. */
const ENTERED = `
ALTER TABLE queues ADD COLUMN entered INTEGER NOT NULL DEFAULT 0;
UPDATE queues SET entered = ready + delayed + leased + dead;
`;

/** Whom the latest lease was given to; it means nothing once the lease has ended. */
const HOLDER = "ALTER TABLE messages ADD COLUMN holder TEXT;";

/**
 * A message whose lease has ended is ready and keeps the lease's number: until it is taken again, its holder may still
 * settle. Then that lease counts as a crash, and is remembered as the one to take back when its holder is heard of.
 */
const CRASHED = `
ALTER TABLE messages ADD COLUMN crashed INTEGER;
`;

/** An id may be used again: when the job was enqueued, in ms since 1970, tells one use from the next. */
const USE_OF_ID = "ALTER TABLE results ADD COLUMN enqueued_at INTEGER;";

/** Entry n brings a file from schema version n to n + 1. Entries are never edited, only added. */
export const MIGRATIONS: readonly string[] = [
  FIRST_SCHEMA,
  MARKS,
  MONITOR,
  ENTERED,
  HOLDER,
  CRASHED,
  USE_OF_ID,
];

/** The tables that the migrations make, all of them STRICT: a column holds what it says. */
export const TABLES: readonly string[] = [
  "queues",
  "messages",
  "results",
  "marks",
  "monitor_events",
  "monitor_jobs",
];
