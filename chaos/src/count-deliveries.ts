import { type Broker, type BrokerConsumer, type Delivery, readEnvelope } from "@jobs/core/broker";

/** A broker whose deliveries are counted, and the count of the last delivery of a job that came through it. */
export interface CountedBroker {
  readonly broker: Broker;
  deliveryOf(id: string): number;
}

/**
 * Notes how often each job was delivered. Handlers are not told, and a job may have been in the hands of a worker that was
 * killed before it began it.
 */
export function countDeliveries(broker: Broker): CountedBroker {
  const counts = new Map<string, number>();
  const note = (deliveries: readonly Delivery[]) => {
    for (const delivery of deliveries) {
      const id = readEnvelope(delivery)?.id;
      if (id !== undefined) counts.set(id, delivery.deliveryCount);
    }
  };
  const openConsumer = broker.openConsumer.bind(broker);
  const openCounted: Broker["openConsumer"] = async (name, options) =>
    watch(await openConsumer(name, options), note);
  return {
    broker: Object.assign(broker, { openConsumer: openCounted }),
    deliveryOf: (id) => counts.get(id) ?? 1,
  };
}

function watch(consumer: BrokerConsumer, note: (deliveries: readonly Delivery[]) => void): BrokerConsumer {
  const receive = consumer.receive.bind(consumer);
  const settleAndReceive = consumer.settleAndReceive?.bind(consumer);
  return Object.assign(consumer, {
    receive: async (options: Parameters<typeof receive>[0]) => {
      const received = await receive(options);
      note(received);
      return received;
    },
    ...(settleAndReceive !== undefined && {
      settleAndReceive: async (...call: Parameters<typeof settleAndReceive>) => {
        const answer = await settleAndReceive(...call);
        note(answer.received);
        return answer;
      },
    }),
  });
}
