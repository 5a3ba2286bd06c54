import { memory } from "@jobs/adapter-memory";
import {
  type Broker,
  type Capabilities,
  type Delivery,
  type ReceiveOptions,
  type SendResult,
  type SettleResult,
  validateBroker,
} from "@jobs/core/broker";

/** Bodies to deliver. */
export interface Supply {
  /** The next body; `undefined` when there is none. */
  next(): string | undefined;
}

const SETTLED: SettleResult = { status: "settled" };

/** A broker that stores nothing and delivers from `supply`: what is measured with it is core's own work. */
export function forgetfulBroker(supply: Supply): Broker {
  const capabilities = memory().limits as Capabilities;
  const unused = () => Promise.reject(new Error("This broker only sends, receives and settles."));
  return validateBroker({
    kind: "forgetful",
    reach: "process",
    limits: capabilities,
    openQueue: async (name) => ({
      name,
      capabilities,
      send: async (messages) => messages.map(({ id }): SendResult => ({ status: "sent", messageId: id })),
      stats: unused,
      peek: unused,
      remove: unused,
      pause: unused,
      resume: unused,
      purge: unused,
      redrive: unused,
    }),
    openConsumer: async (queue) => ({
      queue,
      capabilities,
      receive: ({ max, waitMs, signal }) => receive(supply, { max, waitMs, signal }),
      extend: async (deliveries) => deliveries.map(() => ({ status: "lost" })),
      settle: async (settlements) => settlements.map(() => SETTLED),
      close: async () => {},
    }),
    close: async () => {},
  });
}

async function receive(
  supply: Supply,
  { max, waitMs, signal }: Pick<ReceiveOptions, "max" | "waitMs" | "signal">,
): Promise<readonly Delivery[]> {
  const received = take(supply, max);
  if (received.length > 0 || waitMs === 0) return received;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  return [];
}

let delivered = 0;

function take(supply: Supply, max: number): readonly Delivery[] {
  const taken: Delivery[] = [];
  while (taken.length < max) {
    const body = supply.next();
    if (body === undefined) break;
    const messageId = `message-${++delivered}`;
    taken.push({
      messageId,
      body,
      deliveryCount: 1,
      failureCount: 0,
      crashCount: 0,
      leaseUntil: Number.POSITIVE_INFINITY,
      receipt: messageId,
    });
  }
  return taken;
}
