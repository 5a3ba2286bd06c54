import type { Delivery } from "@jobs/core";
import { findQueue } from "../queue/queue-row.ts";
import type { Sql } from "../storage/sql.ts";
import { parseReceipt } from "./receipt.ts";

const EXTEND = "UPDATE messages SET at = ? WHERE seq = ? AND lease = ? AND queue = ? AND at > ?";

/** Moves the end of leases; answer i says whether lease i was still held. */
export function extendLeases(
  sql: Sql,
  queueName: string,
  deliveries: readonly Delivery[],
  { leasedUntil, leasesEndAt }: { readonly leasedUntil: number; readonly leasesEndAt: number },
): readonly boolean[] {
  const queue = findQueue(sql, queueName);
  return deliveries.map(({ receipt }) => {
    const key = parseReceipt(receipt);
    if (key === undefined || key.queue !== queue?.id) return false;
    return sql.run(EXTEND, leasedUntil, key.seq, key.lease, key.queue, leasesEndAt) === 1;
  });
}
