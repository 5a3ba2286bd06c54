import type { Broker, BrokerQueue } from "../broker/broker.ts";
import type { OutgoingMessage } from "../broker/message.ts";
import type { CoordinationStore } from "../coordination/coordination-store.ts";
import { checkArgument } from "../options/check-options.ts";
import { having } from "../options/option-rules.ts";
import type { ResultStore } from "../results/result-store.ts";
import type { AppDefinition } from "./app-definition.ts";

/** Gets the messages that a dry app would have sent to a queue, by its full name. */
export type OnDrySend = (queue: string, messages: readonly OutgoingMessage[]) => void;

/**
 * The same app without changes to broker, result store and history. It makes the same checks and throws the same errors.
 * Sends, removals, pauses and results are not passed on. Reads work as usual. A sent job gets the answer `duplicate`,
 * since it was not added. With `onSend` it gets `sent`, so that a handler goes on as usual.
 */
export function dryRun(definition: AppDefinition, onSend?: OnDrySend): AppDefinition {
  checkArgument(definition, "dryRun: definition", having("a definition of an app", "with"));
  const { broker, results, history } = definition;
  return definition.with({
    ...(broker === undefined ? {} : { broker: dryBroker(broker, onSend) }),
    ...(results === undefined ? {} : { results: dryResults(results) }),
    ...(history === undefined
      ? {}
      : { history: { ...history, write: async () => {}, prune: async () => 0 } }),
  });
}

function dryBroker(broker: Broker, onSend: OnDrySend | undefined): Broker {
  return {
    kind: broker.kind,
    reach: broker.reach,
    ...(broker.coordination === undefined ? {} : { coordination: dryMarks(broker.coordination) }),
    openQueue: async (name) => dryQueue(await broker.openQueue(name), onSend),
    openConsumer: (name, options) => broker.openConsumer(name, options),
    close: () => broker.close(),
  };
}

/** The definition has checked the broker, so calls that its capabilities forbid do not arrive here. */
function dryQueue(queue: BrokerQueue, onSend: OnDrySend | undefined): BrokerQueue {
  return {
    name: queue.name,
    capabilities: queue.capabilities,
    send: async (messages) => {
      onSend?.(queue.name, messages);
      const status = onSend === undefined ? "duplicate" : "sent";
      return messages.map(({ id }) => ({ status, messageId: id }));
    },
    stats: () => queue.stats(),
    peek: (options) => queue.peek(options),
    ...(queue.scan === undefined ? {} : { scan: queue.scan.bind(queue) }),
    pause: async () => {},
    resume: async () => {},
    purge: async () => {},
    remove: async (ids) => ids.map((id) => ({ id, status: "not_found" })),
    redrive: async () => ({ moved: 0 }),
  };
}

function dryMarks(coordination: CoordinationStore): CoordinationStore {
  return {
    put: async () => {},
    claim: async ({ value }) => value,
    list: (set) => coordination.list(set),
    count: (set) => coordination.count(set),
    remove: async () => {},
  };
}

function dryResults(results: ResultStore): ResultStore {
  return {
    kind: results.kind,
    reach: results.reach,
    coordination: dryMarks(results.coordination),
    put: async () => {},
    get: (id) => results.get(id),
    prune: async () => 0,
    close: () => results.close(),
  };
}
