import type { Settlement, SettleResult } from "@jobs/core/broker";
import { copyToDeadLetterQueue } from "../dead-letter/move-to-dead-letter-queue.ts";
import { type LeaseHolder, settleResult } from "../receive/lease-requests.ts";
import { leasedMessage } from "../receive/leased-message.ts";
import type { HeldBundle } from "./held-bundle.ts";
import { leavingEntry } from "./leaving-entry.ts";

/**
 * Settles one job of a bundle. A job that is done is counted. Any other leaves the bundle: its copy is stored first, so
 * that a crash duplicates it instead of losing it. The settlement of the last job deletes the message, and has SQS's
 * answer to that.
 */
export async function settleBundledJob(
  holder: LeaseHolder,
  bundle: HeldBundle,
  settlement: Settlement,
): Promise<SettleResult> {
  const leased = leasedMessage(settlement.delivery);
  if (!leased.isCopied) {
    const left = await leave(holder, bundle, settlement);
    if (left.status !== "settled") return left;
    leased.isCopied = true;
  }
  return bundle.end(holder, leased);
}

async function leave(holder: LeaseHolder, bundle: HeldBundle, settlement: Settlement): Promise<SettleResult> {
  const held = await (settlement.action === "dead" ? bundle.prove(holder) : bundle.confirm(holder));
  if (held.status !== "settled" || settlement.action === "ack") return held;
  if (settlement.action === "dead") return copyToDeadLetterQueue(holder, settlement);
  const { delivery } = settlement;
  const entry = leavingEntry(leasedMessage(delivery).message, {
    deliveries: delivery.deliveryCount,
    delayMs: settlement.action === "retry" ? settlement.delayMs : 0,
    maxDelaySeconds: holder.session.pace.maxDelaySeconds,
  });
  return settleResult(await holder.record.requests.send([entry], holder.timeoutMs));
}
