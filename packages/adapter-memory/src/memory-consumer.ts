import type {
  BrokerConsumer,
  ConsumerOptions,
  Delivery,
  ExtendResult,
  ReceiveOptions,
  Settlement,
} from "@jobs/core/broker";
import { MemoryDelivery } from "./memory-delivery.ts";
import { receiveWaiting } from "./receive-waiting.ts";
import { beginCall, type OpenSession, type Session } from "./session.ts";
import { holds, settleOne } from "./settle-one.ts";

/** Opens a queue of the session's storage for receiving. */
export function createMemoryConsumer(session: OpenSession, options: ConsumerOptions): BrokerConsumer {
  const { queue } = session;

  const consumer = {
    queue: session.name,
    capabilities: session.capabilities,
    async receive(asked: ReceiveOptions) {
      beginCall(session);
      return receiveWaiting(session, asked, () => take(session, asked.max, options));
    },
    async extend(deliveries: readonly Delivery[], extendedMs: number) {
      const nowAt = beginCall(session);
      const results = deliveries.map((delivery) =>
        extendOne(session, delivery, { nowAt, leaseMs: extendedMs }),
      );
      queue.waiting.changed();
      return results;
    },
    async settle(settlements: readonly Settlement[]) {
      const nowAt = beginCall(session);
      const results = settlements.map((settlement) => settleOne(session, settlement, nowAt));
      queue.waiting.changed();
      return results;
    },
    async settleAndReceive(settlements: readonly Settlement[], asked: ReceiveOptions) {
      const settled = await consumer.settle(settlements);
      return { settled, received: await consumer.receive(asked) };
    },
    async close() {
      session.close();
    },
  };
  return consumer;
}

/** Leases messages that are ready now. */
function take(session: Session, max: number, { leaseMs, holder }: ConsumerOptions): readonly Delivery[] {
  const { queue, clock, capabilities } = session;
  const { state } = queue;
  const nowAt = clock.monotonic();
  state.catchUp(nowAt);
  const most = Math.min(max, capabilities.maxReceive);
  const maxDeliveries = capabilities.maxDeliveries ?? Number.POSITIVE_INFINITY;
  const deliveries: Delivery[] = [];
  for (let record = state.next; record !== undefined && deliveries.length < most; record = state.next) {
    if (record.history.deliveryCount >= maxDeliveries) {
      state.deadLetter(record, "crash_loop", clock.now());
      continue;
    }
    state.lease(record, nowAt, {
      until: nowAt + leaseMs,
      receipt: String(session.storage.nextNumber()),
      holder,
    });
    deliveries.push(new MemoryDelivery(record, state, capabilities));
  }
  return deliveries;
}

function extendOne(
  session: Session,
  delivery: Delivery,
  { nowAt, leaseMs }: { readonly nowAt: number; readonly leaseMs: number },
): ExtendResult {
  const { state } = session.queue;
  const record = MemoryDelivery.recordOf(delivery, state);
  if (record === undefined || !holds(session, record, delivery, nowAt)) return { status: "lost" };
  const maxTotalMs = session.capabilities.lease.maxTotalMs ?? Number.POSITIVE_INFINITY;
  const leaseUntil = Math.min(nowAt + leaseMs, record.history.leasedAt + maxTotalMs);
  state.extend(record, leaseUntil);
  return { status: "extended", leaseUntil };
}
