import { ConfigError } from "@jobs/core";
import {
  type Broker,
  type BrokerQueue,
  type Capabilities,
  type Diagnosis,
  OUTBOX_QUEUE,
  type OutgoingMessage,
  validateBroker,
} from "@jobs/core/broker";
import { optionsCheck, required, optionRules as rule } from "@jobs/core/runtime";
import { QueueOpener } from "./queue-opener.ts";
import { diagnoseOutbox } from "./spool-check.ts";
import { sendToStore, withinStore } from "./spooled-message.ts";

/** Options of {@link createOutbox}. */
export interface OutboxOptions {
  /** Where jobs run, such as `redis()` or `sqs()`. */
  readonly broker: Broker;
  /** A broker in your database, such as `sqlite()` or `postgres()`. It keeps the jobs of your transactions. */
  readonly store: Broker;
  /** The queue of the store that they wait in, for `jobs relay`. Default `outbox`. */
  readonly queue?: string;
}

const checkOptions = optionsCheck<OutboxOptions>({
  broker: required(rule.broker),
  store: required(rule.broker),
  queue: rule.queueName,
});

/**
 * A broker that also takes jobs with a transaction of your database. Such a job is stored with the transaction, and
 * `jobs relay` sends it to `broker` after the commit, at least once and under the same id. All else goes to `broker`.
 * @throws ConfigError for a store without transactions, and for options that cannot be used
 */
export function createOutbox(options: OutboxOptions): Broker {
  checkOptions(options, "createOutbox()");
  const { queue = OUTBOX_QUEUE } = options;
  const broker = validateBroker(options.broker);
  const store = validateBroker(options.store);
  assertTransactions(store, "createOutbox");
  const stores = new QueueOpener(store);
  const outbox: OutboxParts = {
    capabilitiesOf: (capabilities) => ({ ...withinStore(capabilities, store), transactions: true }),
    openStore: () => stores.open(queue),
    diagnose: () => diagnoseOutbox(store, queue),
  };
  // A transaction is of the store's database, also where the broker is in one.
  const { transactionId: _, ...target } = broker;
  return validateBroker({
    ...target,
    ...(store.transactionId === undefined ? {} : { transactionId: store.transactionId }),
    ...(broker.limits === undefined ? {} : { limits: outbox.capabilitiesOf(broker.limits) }),
    openQueue: async (name) => withOutbox(await broker.openQueue(name), outbox),
    close: async () => {
      await Promise.all([broker.close(), store.close()]);
    },
  });
}

/** What each queue of an outbox needs of its store. */
interface OutboxParts {
  capabilitiesOf(capabilities: Capabilities): Capabilities;
  openStore(): Promise<BrokerQueue>;
  diagnose(): Promise<Diagnosis>;
}

function withOutbox(target: BrokerQueue, { capabilitiesOf, openStore, diagnose }: OutboxParts): BrokerQueue {
  return {
    ...target,
    capabilities: capabilitiesOf(target.capabilities),
    async send(messages, options = {}) {
      if (options.transaction === undefined) return target.send(messages, options);
      const orderKeys = orderKeysOf(messages, target);
      return sendToStore(await openStore(), target.name, messages, { ...options, orderKeys });
    },
    diagnose: async (use) => [...((await target.diagnose?.(use)) ?? []), await diagnose()],
  };
}

/** Where the broker keeps the order of groups, the messages of a group are stored in the order of commits. */
function orderKeysOf(
  messages: readonly OutgoingMessage[],
  { name, capabilities }: BrokerQueue,
): readonly string[] {
  if (capabilities.groups !== "ordered") return [];
  return messages.flatMap(({ groupKey }) => (groupKey === undefined ? [] : [`${name} ${groupKey}`]));
}

/** @throws ConfigError for a store without transactions. `factory`: who was given it */
export function assertTransactions({ kind, limits }: Broker, factory: string): void {
  if (limits?.transactions !== false) return;
  throw new ConfigError(`${factory}: a broker on ${kind} cannot store jobs with your transaction.`, {
    hint: "Take a broker in your database as store, such as sqlite() or postgres().",
  });
}
