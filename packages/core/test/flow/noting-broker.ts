import type { Broker, OutgoingMessage } from "../../src/entries/broker.ts";

/** A broker that notes each message sent to it. */
export function notingBroker(broker: Broker, note: (message: OutgoingMessage) => void): Broker {
  return {
    ...broker,
    async openQueue(name) {
      const queue = await broker.openQueue(name);
      return {
        ...queue,
        send(messages, options) {
          messages.forEach(note);
          return queue.send(messages, options);
        },
      };
    },
  };
}
