import type { Broker, Capabilities } from "@jobs/core/broker";
import type { TestTime } from "./test-time.ts";

/**
 * What the kit needs to know of a broker. It finds out everything else through the `Broker` interface. A harness
 * stands for one fresh storage; each clause and each run of the model gets its own.
 */
export interface BrokerHarness {
  /** What every queue is expected to declare. */
  readonly capabilities: Capabilities;
  /** The time in which the broker is tested. */
  readonly time: TestTime;
  /** A broker on this storage. Each call stands for another process: the brokers share only the storage. */
  openBroker(): Broker | Promise<Broker>;
  /**
   * Returns the full name of a queue that ends in `suffix` (letters, digits, `-`, `_`). Creates it if `provisioning` is
   * external.
   */
  createQueue(suffix: string): string | Promise<string>;
  /**
   * Names of all entries of these queues in the storage: messages, leases, locks, index entries. Empty after a drain.
   */
  leftovers(): readonly string[] | Promise<readonly string[]>;
  /** Overwrites a stored message with bytes that the adapter cannot read; `null` if the storage holds only bodies. */
  readonly corrupt: ((queue: string, messageId: string) => void | Promise<void>) | null;
  /** Begins a transaction in the broker's own database, where `capabilities.transactions`. */
  readonly begin?: () => OpenTransaction | Promise<OpenTransaction>;
  /**
   * Whether messages of a transaction come to the broker after its commit, as from an outbox. Then a send with the
   * transaction cannot tell that an id is stored. `commit` resolves when they have come. Default false.
   */
  readonly sendsAfterCommit?: boolean;
  /**
   * Whether messages of one send may share a lease, as in a message of SQS that holds several jobs. When such a lease
   * ends before all of them are settled, all may be delivered again, those that were settled too. Default false.
   */
  readonly sharesLeases?: boolean;
  /** Deletes the storage. Brokers may still be open. */
  dispose(): void | Promise<void>;
}

/** A transaction of the test, as a program has it besides the broker. */
export interface OpenTransaction {
  /** What the program passes as `transaction`. */
  readonly handle: object;
  commit(): void | Promise<void>;
  rollback(): void | Promise<void>;
}

/** Makes a {@link BrokerHarness} on fresh storage. */
export type CreateHarness = () => BrokerHarness | Promise<BrokerHarness>;
