import assert from "node:assert/strict";
import type { Delivery } from "@jobs/core/broker";
import type { ExpectedMessage } from "./expected-message.ts";
import type { QueueModel } from "./queue-model.ts";

/**
 * Checks the order of a receive against the declared one. Higher priorities come first; inside one, released messages
 * come before all others. Messages that were never received nor delayed are in the order of sending.
 */
export function assertOrder(
  model: QueueModel,
  deliveries: readonly Delivery[],
  ready: readonly ExpectedMessage[],
): void {
  if (model.capabilities.order !== "fifo" || deliveries.length === 0) return;
  const delivered = deliveries.flatMap(({ messageId }) => model.messages.get(messageId) ?? []);
  const isDelivered = new Set(delivered);
  const leftBehind = ready.filter((message) => !isDelivered.has(message));
  delivered.forEach((message, index) => {
    for (const next of [...delivered.slice(index + 1), ...leftBehind]) {
      assert(mayPrecede(message, next), `order: ${message.messageId} was delivered before ${next.messageId}`);
    }
  });
}

function mayPrecede(first: ExpectedMessage, second: ExpectedMessage): boolean {
  if (first.isLoose || second.isLoose) return true;
  if (first.priority !== second.priority) return first.priority > second.priority;
  if (first.state !== "ready" || second.state !== "ready")
    return !(second.state === "ready" && second.line === "front");
  if (second.line === "front") return first.line === "front";
  return first.line !== "fresh" || second.line !== "fresh" || first.sentAs < second.sentAs;
}
