import type { Diagnosis } from "@jobs/core/broker";
import { countOf, formatDuration } from "@jobs/core/config";

/** What a server says about itself. */
export interface ServerFacts {
  readonly version: string;
  /** Such as 150014 for 15.14. */
  readonly version_number: number;
  readonly is_standby: boolean;
  readonly is_read_only: boolean;
  readonly fsync: string;
  readonly full_page_writes: string;
  /** That of this role in this database. */
  readonly synchronous_commit: string;
  /** Whether the server vacuums by itself at all. */
  readonly has_autovacuum: boolean;
  /** Connections that are not kept back for superusers. */
  readonly most_connections: number;
  readonly connections: number;
  /** The process that answers. */
  readonly pid: number;
  readonly role: string;
  /** Whether this role is told about the sessions of others. */
  readonly sees_sessions: boolean;
  /** In ms since 1970. */
  readonly now_ms: number;
}

/** The query for {@link ServerFacts}. Every role may ask it. */
export const SERVER_FACTS = `SELECT current_setting('server_version') AS version,
  current_setting('server_version_num')::int AS version_number,
  pg_is_in_recovery() AS is_standby, current_setting('transaction_read_only') = 'on' AS is_read_only,
  current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
  current_setting('synchronous_commit') AS synchronous_commit,
  current_setting('autovacuum') = 'on' AND current_setting('track_counts') = 'on' AS has_autovacuum,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most_connections,
  (SELECT sum(numbackends)::int FROM pg_stat_database) AS connections,
  pg_backend_pid() AS pid, current_user::text AS role,
  pg_has_role('pg_read_all_stats', 'USAGE') AS sees_sessions,
  extract(epoch FROM clock_timestamp())::float8 * 1000 AS now_ms`;

/** What this process knows of its connection. */
export interface ConnectionFacts {
  /** The process that the server named at the connect. A pooler names another than the one that answers. */
  readonly namedPid: number | undefined;
  readonly hasPooler: boolean;
  /** The time of this machine when the facts were asked for and when they came, in ms since 1970. */
  readonly askedAt: number;
  readonly answeredAt: number;
  /** Server and database. */
  readonly address: string;
}

/** The oldest release whose SQL is used. */
const OLDEST = 130_000;

/** Above this share of its connections a server has little room for more workers. */
const FULL = 0.8;

/** Clocks of two machines differ by less than this, in ms, where both are kept right. */
const CLOCK_MS = 5_000;

/** Judges a server. What is well is said in one line about each subject. */
export function serverFindings(server: ServerFacts, connection: ConnectionFacts): readonly Diagnosis[] {
  return [
    releaseFinding(server, connection),
    ...writeFindings(server),
    ...durabilityFindings(server),
    ...autovacuumFindings(server),
    connectionsFinding(server),
    ...poolerFindings(server, connection),
    ...clockFindings(server, connection),
  ];
}

function releaseFinding(
  { version, version_number: number }: ServerFacts,
  { address }: ConnectionFacts,
): Diagnosis {
  const check = "server";
  if (number >= OLDEST) return { check, status: "ok", message: `Postgres ${version} answers at ${address}.` };
  const message = `Postgres ${version} answers at ${address}, and 13 or newer is needed.`;
  return { check, status: "failed", message, hint: "Update the server." };
}

function writeFindings({
  is_standby: isStandby,
  is_read_only: isReadOnly,
}: ServerFacts): readonly Diagnosis[] {
  if (!isStandby && !isReadOnly) return [];
  const check = "primary";
  if (isStandby)
    return [
      {
        check,
        status: "failed",
        message: "it is a standby, which takes no writes.",
        hint: "Connect to the primary.",
      },
    ];
  const message = "transactions of this role are read-only, so no job can be sent or settled.";
  return [
    { check, status: "failed", message, hint: "Set default_transaction_read_only to off for the role." },
  ];
}

function durabilityFindings(server: ServerFacts): readonly Diagnosis[] {
  const check = "durability";
  const off = (["fsync", "full_page_writes"] as const).filter((name) => server[name] === "off");
  if (off.length > 0) {
    const message = `${off.join(" and ")} ${off.length === 1 ? "is" : "are"} off: a crash can destroy the database with all jobs.`;
    return [{ check, status: "failed", message, hint: "Switch it on in postgresql.conf, and reload." }];
  }
  if (server.synchronous_commit !== "off")
    return [{ check, status: "ok", message: "an enqueue waits for the disk." }];
  const message =
    "synchronous_commit is off: a crash of the server loses the last jobs whose enqueue resolved.";
  const hint = `Switch it on for the role: ALTER ROLE ${server.role} SET synchronous_commit = on.`;
  return [{ check, status: "warning", message, hint }];
}

function autovacuumFindings({ has_autovacuum: isOn }: ServerFacts): readonly Diagnosis[] {
  if (isOn) return [];
  const message = "autovacuum or track_counts is off: the tables grow with each job, and receives get slow.";
  return [
    {
      check: "autovacuum",
      status: "warning",
      message,
      hint: "Switch both on in postgresql.conf, and reload.",
    },
  ];
}

function connectionsFinding({ connections, most_connections: most }: ServerFacts): Diagnosis {
  const message = `${connections} of ${countOf(most, "connection")} are in use.`;
  if (connections < most * FULL) return { check: "connections", status: "ok", message };
  return {
    check: "connections",
    status: "warning",
    message,
    hint: "Each process takes up to 5. Raise max_connections, lower connection.max, or use a pooler.",
  };
}

function poolerFindings(
  { pid }: ServerFacts,
  { namedPid, hasPooler }: ConnectionFacts,
): readonly Diagnosis[] {
  if (namedPid === undefined) return [];
  const isBehindPooler = namedPid !== pid;
  if (isBehindPooler === hasPooler) return [];
  const check = "pooler";
  if (isBehindPooler)
    return [
      {
        check,
        status: "warning",
        message: "a pooler is in front of the server, and the option pooler is not set.",
        hint: 'Set pooler: "transaction" if it works in transaction mode, as PgBouncer often does.',
      },
    ];
  return [
    {
      check,
      status: "warning",
      message:
        "the option pooler is set, but no pooler is in front of the server: waiting workers are not notified.",
      hint: "Leave pooler out.",
    },
  ];
}

/** The server's clock decides about leases and delays, that of a producer about the age and the expiry of its jobs. */
function clockFindings(
  { now_ms: nowMs }: ServerFacts,
  { askedAt, answeredAt }: ConnectionFacts,
): readonly Diagnosis[] {
  const differenceMs = nowMs < askedAt ? nowMs - askedAt : Math.max(0, nowMs - answeredAt);
  if (Math.abs(differenceMs) < CLOCK_MS) return [];
  const side = differenceMs > 0 ? "ahead of" : "behind";
  const message = `the server's clock is ${formatDuration(Math.round(Math.abs(differenceMs) / 1_000) * 1_000)} ${side} that of this machine: ages of jobs are wrong, and expiry too.`;
  return [{ check: "clock", status: "warning", message, hint: "Keep both clocks right by NTP." }];
}
