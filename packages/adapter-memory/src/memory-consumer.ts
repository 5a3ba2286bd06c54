import {
  type BrokerConsumer,
  type ConsumerOptions,
  countsAsFailure,
  type Delivery,
  type ExtendResult,
  type ReceiveOptions,
  type Settlement,
  type SettleResult,
} from "@jobs/core/broker";
import { MemoryDelivery } from "./memory-delivery.ts";
import type { MessageRecord } from "./message-record.ts";
import { beginCall, type OpenSession, type Session } from "./session.ts";
import type { Waiter } from "./wait-line.ts";

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

/**
 * Leases ready messages. Without any, waits for the first until the time is up, the signal aborts or the session ends.
 */
async function receiveWaiting(
  session: Session,
  { waitMs, signal }: ReceiveOptions,
  take: () => readonly Delivery[],
): Promise<readonly Delivery[]> {
  if (signal.aborted) return [];
  const received = take();
  if (received.length > 0 || waitMs === 0) return received;
  return new Promise((resolve) => {
    const { queue, clock, closed } = session;
    const giveUp = () => waiter.finish([]);
    const waiter: Waiter = {
      take,
      finish(deliveries) {
        cancel();
        queue.waiting.leave(waiter);
        signal.removeEventListener("abort", giveUp);
        closed.removeEventListener("abort", giveUp);
        resolve(deliveries);
      },
    };
    const cancel = clock.schedule(waitMs, giveUp);
    signal.addEventListener("abort", giveUp, { once: true });
    closed.addEventListener("abort", giveUp, { once: true });
    queue.waiting.join(waiter);
  });
}

const SETTLED: SettleResult = { status: "settled" };
const LOST: SettleResult = { status: "lost" };

/**
 * Whether the delivery is the current lease of the message. Unless receipts are declared stale at its end, an ended
 * lease stays valid for its holder until the message is taken again.
 */
function holds(session: Session, record: MessageRecord, delivery: Delivery, nowAt: number): boolean {
  if (session.capabilities.fencing === "next-lease")
    session.queue.state.resumeLease(record, delivery.receipt, nowAt);
  return record.state === "leased" && record.history.receipt === delivery.receipt;
}

/** Ends one lease, unless it has ended already. */
function settleOne(session: Session, settlement: Settlement, nowAt: number): SettleResult {
  const { delivery } = settlement;
  const record = MemoryDelivery.recordOf(delivery, session.queue.state);
  if (record === undefined || !maySettle(session, record, delivery, nowAt)) {
    // Without fencing a stale receipt is not recognised: SQS answers such a delete with success and does nothing.
    return session.capabilities.fencing ? LOST : SETTLED;
  }
  apply(session, record, settlement, nowAt);
  return SETTLED;
}

/** Without fencing, the latest receipt stays valid after its lease until the message is leased again. */
function maySettle(session: Session, record: MessageRecord, delivery: Delivery, nowAt: number): boolean {
  if (session.capabilities.fencing) return holds(session, record, delivery, nowAt);
  return record.state !== "dead" && record.history.receipt === delivery.receipt;
}

function apply(session: Session, record: MessageRecord, settlement: Settlement, nowAt: number): void {
  const { state } = session.queue;
  if (countsAsFailure(settlement)) {
    record.history = { ...record.history, failureCount: record.history.failureCount + 1 };
  }
  if (settlement.action === "ack") state.remove(record);
  else if (settlement.action === "release") state.release(record, nowAt);
  else if (settlement.action === "dead") {
    state.deadLetter(record, settlement.reason, session.clock.now(), settlement.error);
  } else {
    const { history } = record;
    record.history = { ...history, lastError: settlement.reason ?? history.lastError };
    state.retry(record, { nowAt, dueAt: nowAt + settlement.delayMs });
  }
}
