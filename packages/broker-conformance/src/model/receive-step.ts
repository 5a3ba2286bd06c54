import assert from "node:assert/strict";
import type { Delivery } from "@jobs/core/broker";
import { NEVER } from "../harness/scene.ts";
import { assertOrder } from "./assert-order.ts";
import type { ExpectedMessage } from "./expected-message.ts";
import type { WorkerProcess } from "./model-run.ts";
import type { QueueModel } from "./queue-model.ts";
import type { Span } from "./span.ts";

/** Receives in one process and compares every delivery with the model. Returns the deliveries. */
export async function runReceive(
  { model, process }: { readonly model: QueueModel; readonly process: WorkerProcess },
  max: number,
): Promise<readonly Delivery[]> {
  const { consumer, leaseMs } = process;
  const asked = { max, waitMs: 0, signal: NEVER };
  const { value: deliveries, at } = await model.during(() => consumer.receive(asked));
  const ready = [...model.messages.values()].filter((message) => model.deliverable(message, at) === "yes");
  assertAmount(model, { delivered: deliveries.length, max, ready: ready.length });
  assertOrder(model, deliveries, ready);
  for (const delivery of deliveries) {
    const message = assertDelivery(model, delivery, at);
    assert(delivery.leaseUntil <= at.to + leaseMs, "I8: the lease ends at most leaseMs from now");
    lease(model, message, delivery, model.deadline(at, leaseMs));
    model.leases.push({ delivery, consumer, message });
  }
  return deliveries;
}

function assertAmount(
  { capabilities, isPaused }: QueueModel,
  { delivered, max, ready }: { readonly delivered: number; readonly max: number; readonly ready: number },
): void {
  const most = Math.min(max, capabilities.maxReceive);
  assert(delivered <= most, "no more than max");
  if (isPaused) assert.equal(delivered, 0, "nothing while paused");
  // A broker with an order returns all that is ready; one without an order may return only a part.
  else if (capabilities.order === "fifo") assert(delivered >= Math.min(most, ready), "all that is ready");
}

/** I2, I4, I5, I6, I7: only allowed messages, with their own body, a new receipt and right counters. */
function assertDelivery(model: QueueModel, delivery: Delivery, at: Span): ExpectedMessage {
  const { capabilities } = model;
  const message = model.messages.get(delivery.messageId);
  assert(message, "I3: a message that was sent");
  assert.notEqual(
    model.deliverable(message, at),
    "no",
    `I2, I4, I7: ${message.state} messages are not delivered`,
  );
  assert(delivery.body === message.body, "the body is as it was sent");
  assert(!model.receipts.has(delivery.receipt), "I6: a receipt is used once");
  if (message.isLoose) return message;
  const crashes = message.crashes + (message.state === "leased" ? 1 : 0);
  if (capabilities.deliveryCount === "exact") {
    assert.equal(delivery.deliveryCount, message.deliveries + 1, "I6: deliveries");
  }
  assert.equal(
    delivery.failureCount,
    capabilities.failureCount === "exact" ? message.failures : null,
    "failures",
  );
  assert.equal(delivery.crashCount, capabilities.crashCount === "exact" ? crashes : null, "crashes");
  return message;
}

function lease(model: QueueModel, message: ExpectedMessage, delivery: Delivery, until: Span): void {
  const { crashes } = message;
  if (message.isLoose) {
    message.failures = delivery.failureCount ?? 0;
    message.crashes = delivery.crashCount ?? 0;
    message.isLoose = false;
  } else if (message.state === "leased") message.crashes++;
  if (message.crashes > crashes) message.crashed = message.receipt;
  message.deliveries = delivery.deliveryCount;
  message.state = "leased";
  message.line = "back";
  message.receipt = delivery.receipt;
  message.until = until;
  message.leaseEnd = until;
  model.receipts.add(delivery.receipt);
}
