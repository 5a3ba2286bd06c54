import type { BrokerConsumer } from "@jobs/core/broker";
import type { Mutant } from "./mutant.ts";

const NOTHING = new Promise<never>(() => {});

export const closingMutants: readonly Mutant[] = [
  { flaw: "closing a broker does nothing", broker: () => ({ close: async () => {} }) },
  { flaw: "closing a consumer never ends", consumer: () => ({ close: () => NOTHING }) },
  { flaw: "closing a consumer does nothing", consumer: () => ({ close: async () => {} }) },
  {
    flaw: "a receive in flight rejects when its consumer is closed",
    consumer: (consumer) => {
      let isClosed = false;
      return {
        async receive(options) {
          const received = await consumer.receive(options);
          if (isClosed) throw new Error("closed");
          return received;
        },
        async close() {
          isClosed = true;
          await consumer.close();
        },
      };
    },
  },
  {
    flaw: "a receive in flight outlives its consumer",
    consumer: (consumer) => {
      let inFlight: Promise<unknown> = Promise.resolve();
      const outliving: Partial<BrokerConsumer> = {
        receive(options) {
          const received = consumer.receive(options);
          inFlight = received;
          return received;
        },
        async close() {
          await inFlight;
          await consumer.close();
        },
      };
      return outliving;
    },
  },
  {
    flaw: "one consumer's close closes its broker",
    broker: (broker) => ({
      async openConsumer(name, options) {
        const consumer = await broker.openConsumer(name, options);
        return { ...consumer, close: () => broker.close() };
      },
    }),
  },
];
