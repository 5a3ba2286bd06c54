import type { Broker } from "../broker/broker.ts";
import type { Delivery } from "../broker/delivery.ts";

/** Which queue to receive from. */
export interface ReceivedQueue {
  readonly broker: Pick<Broker, "openConsumer">;
  /** Its full name. */
  readonly queue: string;
  /** At most this many jobs. */
  readonly limit: number;
}

/** Long enough for a large queue. The jobs are released at the end, so it counts only if this process dies. */
const LEASE_MS = 120_000;

/** An empty receive on SQS does not mean that the queue is empty. */
const EMPTY_RECEIVES = 3;

const WAIT_MS = 1_000;

/**
 * Receives the ready jobs of a queue that cannot show them, passes them to `look`, and releases all. Each receive counts as a
 * delivery of the job, and workers do not get it meanwhile. Returns whether the queue had no more.
 * @throws as `receive` and `look` do; what was received is released also then
 */
export async function receiveAndRelease(
  { broker, queue, limit }: ReceivedQueue,
  look: (deliveries: readonly Delivery[]) => Promise<void>,
): Promise<boolean> {
  const consumer = await broker.openConsumer(queue, { leaseMs: LEASE_MS });
  const held: Delivery[] = [];
  const signal = new AbortController().signal;
  const { maxReceive } = consumer.capabilities;
  let empty = 0;
  try {
    while (held.length < limit && empty < EMPTY_RECEIVES) {
      const max = Math.min(maxReceive, limit - held.length);
      const received = await consumer.receive({ max, waitMs: WAIT_MS, signal });
      held.push(...received);
      empty = received.length === 0 ? empty + 1 : 0;
      await look(received);
    }
    return held.length < limit;
  } finally {
    await consumer.settle(held.map((delivery) => ({ delivery, action: "release" })));
    await consumer.close();
  }
}
