import { BrokerUnavailableError, type JobsError } from "@jobs/core";
import type { Delivery, ExtendResult, Settlement, SettleResult } from "@jobs/core/broker";
import { bundleOf } from "../bundle/held-bundle.ts";
import { settleBundledJob } from "../bundle/settle-bundled-job.ts";
import { KIND } from "../client/sqs-fault.ts";
import { moveToDeadLetterQueue } from "../dead-letter/move-to-dead-letter-queue.ts";
import { deleteMessage, hideMessage, type LeaseHolder, renewLease } from "./lease-requests.ts";
import { type LeasedMessage, leasedMessage, oneAtATime } from "./leased-message.ts";

/**
 * Settles one lease. An error is a result, and the holder of the lease may retry. An ended lease is lost without a
 * request, since its receipt could end a later lease.
 */
export function settleLease(holder: LeaseHolder, settlement: Settlement): Promise<SettleResult> {
  const leased = leasedMessage(settlement.delivery);
  noteBefore(holder, leased, settlement.action);
  return oneAtATime(leased, async () => {
    const result = leased.isEnded ? LOST : await requestEnd(holder, settlement);
    leased.isEnding = false;
    if (result.status === "settled") leased.isEnded = true;
    return result;
  });
}

const LOST = { status: "lost" } as const;

/** Records what is known from the request on, whatever its answer. */
function noteBefore(
  { record, session }: LeaseHolder,
  leased: LeasedMessage,
  action: Settlement["action"],
): void {
  leased.isEnding = true;
  if (action === "ack") {
    // From now on the job is done: if its message returns, it is deleted without a second run. Only the holder of the
    // lease can decide that. A late ack counts when SQS confirms it, since core has to store the result first.
    const isLeased =
      bundleOf(leased) === undefined &&
      !leased.isGivenBack &&
      session.pace.clock.monotonic() < leased.leasedUntil;
    if (isLeased) record.dedupe.addDone(leased.id);
  }
  if (action === "release" || action === "retry") {
    // A released message may return, here or elsewhere, before the answer.
    leased.isGivenBack = true;
    record.dedupe.removeLeased(leased);
  }
}

function requestEnd(holder: LeaseHolder, settlement: Settlement): Promise<SettleResult> {
  const leased = leasedMessage(settlement.delivery);
  const bundle = bundleOf(leased);
  if (bundle !== undefined) return settleBundledJob(holder, bundle, settlement);
  switch (settlement.action) {
    case "ack":
      return deleteMessage(holder, leased);
    // For SQS, a retry and a release are the same: the message is hidden for a while, or visible at once.
    case "release":
      return hideMessage(holder, leased, 0);
    case "retry":
      return hideMessage(holder, leased, settlement.delayMs);
    case "dead":
      return moveToDeadLetterQueue(holder, settlement);
  }
}

/** Extends one lease. During its settlement that would undo the delay of a retry, so it is retried later. */
export function extendLease(holder: LeaseHolder, delivery: Delivery, leaseMs: number): Promise<ExtendResult> {
  const leased = leasedMessage(delivery);
  if (leased.isEnding) return Promise.resolve({ status: "failed", error: isEnding(holder.queue) });
  return oneAtATime(leased, async () => {
    if (leased.isEnded) return LOST;
    return bundleOf(leased)?.extend(holder, leaseMs, leased) ?? renewLease(holder, leased, leaseMs);
  });
}

function isEnding(queue: string): JobsError {
  return new BrokerUnavailableError({ broker: KIND, queue }, "the lease is being ended.");
}
