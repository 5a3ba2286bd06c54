import type { Delivery } from "@jobs/core/broker";
import { bringAllUpToDate, type Present, promoteDue } from "../queue/promote-due.ts";
import type { QueueChange } from "../queue/queue-counters.ts";
import { bounded, raised } from "../storage/bounded.ts";
import { readLargeBody } from "../storage/large-bodies.ts";
import { rowsBySeq, runOnRows } from "../storage/rows-by-seq.ts";
import { STATE } from "../storage/schema.ts";
import type { Sql } from "../storage/shared-connection.ts";
import { formatReceipt } from "./receipt.ts";

/** How many messages to lease, and until when. */
export interface Claim {
  readonly max: number;
  readonly present: Present;
  /** By the broker's clock, in ms since 1970. */
  readonly leasedUntil: number;
  /** The same by the monotonic clock of this process, in ms. */
  readonly leaseUntil: number;
  /** The holder of the leases. */
  readonly holder: string | undefined;
}

const LEASE = `UPDATE messages SET state = ${STATE.leased}, rank = 0, at = ?3, holder = ?5, deliveries = ${raised("deliveries")},
  crashes = ${raised("crashes", "(lease IS NOT NULL)")}, crashed = coalesce(lease, crashed), lease = ?4`;
const leaseRows = rowsBySeq((where) => `${LEASE} WHERE ${where}`);

/** Leases the first ready messages. None while the queue is paused. */
export function claimReady(change: QueueChange, claim: Claim): readonly Delivery[] {
  const { sql, queue, counters } = change;
  if (queue.is_paused !== 0) return [];
  promoteDue(change, claim.present);
  let rows = selectReady(sql, queue.id, claim.max);
  if (rows.length === 0) {
    bringAllUpToDate(change, claim.present);
    rows = selectReady(sql, queue.id, claim.max);
  }
  if (rows.length === 0) return [];
  const lease = counters.nextNumber();
  const seqs = rows.map(({ seq }) => seq);
  runOnRows(sql, leaseRows, seqs, [claim.leasedUntil, lease, claim.holder ?? null]);
  counters.move(rows.length, "ready", "leased");
  const { leaseUntil } = claim;
  return rows.map(({ seq, id, body, deliveries, failures, crashes, isCompleted }) => {
    const delivery = {
      messageId: id,
      body: body === "" ? readLargeBody(sql, seq) : body,
      deliveryCount: deliveries + 1,
      failureCount: failures,
      crashCount: crashes,
      leaseUntil,
      receipt: formatReceipt({ queue: queue.id, seq, lease }),
    };
    return isCompleted === 0 ? delivery : { ...delivery, completed: completedValue(sql, seq) };
  });
}

function completedValue(sql: Sql, seq: number): string {
  const row = sql.get<{ readonly completed: string }>("SELECT completed FROM messages WHERE seq = ?", seq);
  return row?.completed ?? "null";
}

/** The columns of a ready message for a delivery. */
interface ReadyRow {
  readonly seq: number;
  readonly id: string;
  /** Empty where it is stored beside its message. */
  readonly body: string;
  readonly deliveries: number;
  readonly failures: number;
  /** Counts the ended lease too, unless the message was released. */
  readonly crashes: number;
  /** 1 after a run that was completed with a transaction. */
  readonly isCompleted: number;
}

/** Several messages in one row, since the driver needs more time for a row than SQLite for a message. */
interface PackedLine {
  readonly numbers: string | null;
  readonly ids: string;
  readonly bodies: string;
}

/** With a bare parameter as the limit, SQLite would compile the statement for each value: 20 µs. */
const FIRST = `SELECT seq, id, body, ${bounded("deliveries")} AS deliveries, ${bounded("failures")} AS failures,
  ${raised("crashes", "(lease IS NOT NULL)")} AS crashes, completed IS NOT NULL AS isCompleted FROM messages
  WHERE queue = ? AND state = ${STATE.ready} ORDER BY rank, at, seq LIMIT ? + 0`;

/** Occurs in no id and in no JSON text, such as an envelope. */
const SEPARATOR = "\u001f";
const PACKED = `SELECT group_concat(seq || ' ' || deliveries || ' ' || failures || ' ' || crashes || ' ' || isCompleted) AS numbers,
  group_concat(id, x'1f') AS ids, group_concat(body, x'1f') AS bodies FROM (${FIRST})`;

/** The first `max` ready messages of a queue in their order. */
function selectReady(sql: Sql, queueId: number, max: number): readonly ReadyRow[] {
  const packed = sql.get<PackedLine>(PACKED, queueId, max);
  if (packed === undefined || packed.numbers === null) return [];
  return unpack(packed.numbers, packed) ?? sql.all<ReadyRow>(FIRST, queueId, max);
}

/** `undefined` when a foreign body or an edited id contains the separator. */
function unpack(packed: string, line: PackedLine): readonly ReadyRow[] | undefined {
  const numbers = packed.split(",");
  const ids = line.ids.split(SEPARATOR);
  const bodies = line.bodies.split(SEPARATOR);
  if (ids.length !== numbers.length || bodies.length !== numbers.length) return undefined;
  return numbers.map((text, index) => {
    const [seq, deliveries, failures, crashes, isCompleted] = text.split(" ");
    return {
      seq: Number(seq),
      id: ids[index] ?? "",
      body: bodies[index] ?? "",
      deliveries: Number(deliveries),
      failures: Number(failures),
      crashes: Number(crashes),
      isCompleted: Number(isCompleted),
    };
  });
}
