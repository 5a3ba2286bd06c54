import type { Delivery } from "@jobs/core/broker";
import type { QueueChange } from "../queue/queue-counters.ts";
import { STATE } from "../storage/schema.ts";
import { hearOf } from "./hear-of.ts";
import { parseReceipt } from "./receipt.ts";

const EXTEND = `UPDATE messages SET at = ? WHERE seq = ? AND lease = ? AND queue = ? AND state = ${STATE.leased}`;

/** Moves the end of leases; answer i says whether lease i is still held. */
export function extendLeases(
  change: QueueChange,
  deliveries: readonly Delivery[],
  leasedUntil: number,
): readonly boolean[] {
  const { sql, queue } = change;
  return deliveries.map(({ receipt }) => {
    const key = parseReceipt(receipt);
    if (key === undefined || key.queue !== queue.id) return false;
    const extend = () => sql.run(EXTEND, leasedUntil, key.seq, key.lease, key.queue) === 1;
    return extend() || (hearOf(change, key) === "leased again" && extend());
  });
}
