import type { QueueChange } from "../queue/queue-counters.ts";
import { STATE } from "../storage/schema.ts";
import type { LeaseKey } from "./receipt.ts";

const HELD = "seq = ? AND lease = ? AND queue = ?";

/** The new lease ends at once; the caller settles or extends it. */
const LEASE_AGAIN = `UPDATE messages SET state = ${STATE.leased}, rank = 0, at = 0 WHERE ${HELD} AND state = ${STATE.ready}`;
const UNCOUNT =
  "UPDATE messages SET crashes = crashes - 1, crashed = NULL WHERE seq = ? AND crashed = ? AND queue = ?";

/**
 * Called when the holder of an ended lease calls: it has not crashed. If the message was not taken since, the lease is
 * valid again.
 */
export function hearOf(
  { sql, counters }: QueueChange,
  { seq, lease, queue }: LeaseKey,
): "leased again" | "lost" {
  if (sql.run(LEASE_AGAIN, seq, lease, queue) === 1) {
    counters.move(1, "ready", "leased");
    return "leased again";
  }
  sql.run(UNCOUNT, seq, lease, queue);
  return "lost";
}
