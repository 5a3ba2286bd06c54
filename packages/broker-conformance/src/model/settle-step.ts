import assert from "node:assert/strict";
import { countsAsFailure, type Settlement, type SettleResult } from "@jobs/core/broker";
import { delay, type ExpectedMessage } from "./expected-message.ts";
import type { ModelRun } from "./model-run.ts";
import type { SettleChoice } from "./model-step.ts";
import type { QueueModel, TakenLease } from "./queue-model.ts";
import type { Span } from "./span.ts";

/** Settles leases, old and new, in one call for each consumer that took them. */
export async function runSettle({ model }: ModelRun, choices: readonly SettleChoice[]): Promise<void> {
  const chosen = choices.flatMap((choice) => {
    const lease = pickLease(model, choice.pick);
    return lease === undefined ? [] : [{ choice, lease }];
  });
  for (const consumer of new Set(chosen.map(({ lease }) => lease.consumer))) {
    const own = chosen.filter(({ lease }) => lease.consumer === consumer);
    const settlements = own.map(({ choice, lease }) => toSettlement(model, choice, lease));
    const { value: results, at } = await model.during(() => consumer.settle(settlements));
    assert.equal(results.length, own.length, "one result for one settlement");
    settlements.forEach((settlement, index) => {
      followSettled(model, own[index]!.lease, { settlement, result: results[index]!, at });
    });
  }
}

/** Extends a lease, old or new. */
export async function runExtend({ model }: ModelRun, pick: number, ticks: number): Promise<void> {
  const lease = pickLease(model, pick);
  if (lease === undefined) return;
  const { delivery, consumer, message } = lease;
  const leaseMs = model.ms(ticks);
  const { value: results, at } = await model.during(() => consumer.extend([delivery], leaseMs));
  const result = results[0]!;
  const held = model.holds(message, delivery.receipt, at);
  model.resumeLease(message, delivery.receipt);
  assert.notEqual(result.status, "failed", "a plain extension does not fail");
  if (held === "yes") assert.equal(result.status, "extended", "the holder can extend");
  if (held === "no" && model.capabilities.fencing)
    assert.equal(result.status, "lost", "I1: a stale lease is lost");
  if (result.status === "extended") {
    assert(result.leaseUntil <= at.to + leaseMs, "I8: the lease ends at most leaseMs from now");
    message.until = model.deadline(at, leaseMs);
    message.leaseEnd = message.until;
    if (held !== "yes" && !model.capabilities.fencing) message.isLoose = message.state !== "done";
  }
}

/** One of all leases so far. Later ones are chosen more often, so that some are still held. */
function pickLease(model: QueueModel, pick: number): TakenLease | undefined {
  const { leases } = model;
  return pick % 3 === 0
    ? leases[pick % Math.max(1, leases.length)]
    : leases.at(-1 - (pick % Math.min(4, leases.length || 1)));
}

function toSettlement(model: QueueModel, choice: SettleChoice, { delivery }: TakenLease): Settlement {
  if (choice.action === "retry") {
    return { delivery, action: "retry", delayMs: model.ms(choice.delayTicks), failed: choice.failed };
  }
  return choice.action === "dead"
    ? { delivery, action: "dead", reason: "exhausted" }
    : { delivery, action: choice.action };
}

interface Settled {
  readonly settlement: Settlement;
  readonly result: SettleResult;
  readonly at: Span;
}

function followSettled(model: QueueModel, { delivery, message }: TakenLease, settled: Settled): void {
  const { settlement, result, at } = settled;
  const held = model.holds(message, delivery.receipt, at);
  const isUndeclared = settlement.action === "dead" && model.capabilities.deadLetter === false;
  if (isUndeclared && (held !== "no" || result.status === "failed"))
    return assert.notEqual(result.status, "settled", "undeclared is refused");
  // An undeclared settlement is refused before it reaches the broker, so the broker does not notice its holder.
  model.resumeLease(message, delivery.receipt);
  assert.notEqual(result.status, "failed", "a plain settlement does not fail");
  if (held === "yes") assert.equal(result.status, "settled", "the holder can settle");
  if (held === "no" && model.capabilities.fencing)
    assert.equal(result.status, "lost", "I1: a stale lease is lost");
  if (result.status !== "settled") return;
  if (held === "yes" || model.capabilities.fencing) return apply(model, message, settlement, at);
  // Without fencing the effect of a stale settlement is unknown. A done message stays done (I4).
  const current = model.messages.get(message.messageId);
  if (current !== undefined && current.state !== "done") current.isLoose = true;
}

function apply(model: QueueModel, message: ExpectedMessage, settlement: Settlement, at: Span): void {
  message.isLoose = false;
  if (settlement.action === "ack") message.state = "done";
  if (settlement.action === "release") {
    message.state = "ready";
    message.line = "front";
  }
  if (countsAsFailure(settlement)) message.failures++;
  if (settlement.action === "retry") {
    delay(message, model.deadline(at, settlement.delayMs), settlement.delayMs);
  }
  if (settlement.action === "dead") {
    message.state = "dead";
    message.diedAs = model.nextNumber();
  }
}
