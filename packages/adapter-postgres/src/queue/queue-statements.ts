import type { PeekedState } from "@jobs/core/broker";
import type { Statement } from "../connection/postgres-link.ts";
import { STATE } from "../schema/broker-tables.ts";
import type { TableNames } from "../schema/table-names.ts";

/** The statements of the broker. Each is one call of a function of the schema, or one read. */
export interface QueueStatements {
  readonly open: Statement;
  readonly send: Statement;
  /** Stores messages by the number of their queue. */
  readonly sendTo: Statement;
  readonly restore: Statement;
  readonly batch: Statement;
  readonly next: Statement;
  readonly extend: Statement;
  readonly complete: Statement;
  readonly isCompleted: Statement;
  readonly stats: Statement;
  readonly fold: Statement;
  readonly promote: Statement;
  readonly remove: Statement;
  readonly purge: Statement;
  readonly redrive: Statement;
  readonly pause: Statement;
  /** A page after a position, by state. */
  readonly peek: Readonly<Record<Exclude<PeekedState, "succeeded">, Statement>>;
  readonly peekOne: Statement;
  readonly find: Statement;
}

/** The columns that order the messages of a state. */
const ORDERS = {
  ready: ["m.rank", "m.seq"],
  delayed: ["m.at", "m.seq"],
  leased: ["m.at", "m.seq"],
  dead: ["m.seq", "m.seq"],
} as const;

const COLUMNS = `m.id, m.label, m.body, m.state, m.deliveries, m.failures, m.crashes, m.priority, m.at, m.due_at, m.redrives,
  m.holder, m.last_error, m.dead_reason, m.dead_error`;

/** The statements for a schema. */
export function queueStatements({ schema, messages, queues }: TableNames): QueueStatements {
  const call = (name: string, parameters: number, from = "SELECT"): Statement => {
    const list = Array.from({ length: parameters }, (_, index) => `$${index + 1}`).join(", ");
    return { name: `jobs_${name}`, text: `${from} ${schema}.${name}(${list})` };
  };
  const peek = (state: keyof typeof ORDERS): Statement => {
    const order = ORDERS[state].join(", ");
    return {
      name: `jobs_peek_${state}`,
      text: `SELECT ${COLUMNS}, concat_ws('.', ${order}) AS cursor
      FROM ${messages} m WHERE m.queue = (SELECT q.id FROM ${queues} q WHERE q.name = $1)
        AND m.state = ${STATE[state]} AND (${order}) > ($2::bigint, $3::bigint)
      ORDER BY ${order} LIMIT $4`,
    };
  };
  return {
    open: call("open_queue", 1, "SELECT * FROM"),
    send: call("send_messages", 6),
    sendTo: {
      name: "jobs_send_to_queue",
      text: `${call("send_to_queue", 6).text} AS send_messages`,
    },
    restore: call("restore_messages", 14),
    batch: call("settle_and_receive", 19, "SELECT * FROM"),
    next: call("receive_next", 11, "SELECT * FROM"),
    extend: call("extend_leases", 4),
    complete: call("complete_lease", 4),
    isCompleted: call("is_completed", 2),
    stats: call("queue_stats", 1, "SELECT * FROM"),
    fold: call("fold_counts", 3),
    promote: call("promote_queue", 1),
    remove: call("remove_messages", 2, "SELECT * FROM"),
    purge: call("purge_queue", 1),
    redrive: call("redrive_messages", 5),
    pause: call("pause_queue", 2),
    peek: { ready: peek("ready"), delayed: peek("delayed"), leased: peek("leased"), dead: peek("dead") },
    peekOne: {
      name: "jobs_peek_one",
      text: `SELECT ${COLUMNS} FROM ${messages} m
        WHERE m.queue = (SELECT q.id FROM ${queues} q WHERE q.name = $1) AND m.id = $2`,
    },
    find: {
      name: "jobs_find",
      text: `SELECT m.id, m.body FROM ${messages} m
        WHERE m.queue = (SELECT q.id FROM ${queues} q WHERE q.name = $1) AND m.id = ANY($2)`,
    },
  };
}
