import { memory } from "@jobs/adapter-memory";
import { BrokerUnavailableError } from "@jobs/core";
import type { Broker, BrokerQueue, OutgoingMessage } from "@jobs/core/broker";
import { spool } from "../src/spooled-message.ts";

/** A message of a job. */
export const message = (id: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  id,
  label: "mail",
  body: `{"id":"${id}"}`,
  ...more,
});

/** The message that waits in a store for the queue `mails`. */
export function waitingMessage(one: OutgoingMessage): OutgoingMessage {
  return spool({ queue: "mails", message: one }, `w-${one.id.replaceAll(" ", "-")}`, Date.now());
}

/** A store with messages for the queue `mails`, in that order. */
export async function storeWith(messages: readonly OutgoingMessage[]): Promise<Broker> {
  const store = memory();
  const queue = await store.openQueue("outbox");
  await queue.send(messages.map(waitingMessage));
  return store;
}

/** The same broker with other queues. */
export function withQueues(target: Broker, change: (queue: BrokerQueue) => BrokerQueue): Broker {
  return { ...target, openQueue: async (name) => change(await target.openQueue(name)) };
}

/** A broker that records each send, and lets `fault` decide about it. */
export function recording(
  target: Broker,
  fault: (ids: readonly string[]) => Error | undefined = () => undefined,
) {
  const sends: (readonly string[])[] = [];
  const broker = withQueues(target, (queue) => ({
    ...queue,
    async send(messages, options) {
      const ids = messages.map(({ id }) => id);
      sends.push(ids);
      const error = fault(ids);
      if (error !== undefined) throw error;
      return queue.send(messages, options);
    },
  }));
  return { broker, sends };
}

/** The error of a broker that is away. */
export const unavailable = () =>
  new BrokerUnavailableError({ broker: "memory" }, "it is away.", { retryable: true });
