import type { CoordinationStore } from "../coordination/coordination-store.ts";
import type { Reach } from "../coordination/reach.ts";
import type { CallOptions, CompleteOptions, SendOptions, TimedCall } from "./call-options.ts";
import type { Capabilities } from "./capabilities.ts";
import type { Delivery } from "./delivery.ts";
import type { Diagnosis, QueueUse } from "./diagnosis.ts";
import type { OutgoingMessage, RestoredMessage, SendResult } from "./message.ts";
import type { QueueStats } from "./queue-stats.ts";
import type { ExtendResult, Settlement, SettleResult } from "./settlement.ts";
import type { StoreSchema } from "./store-schema.ts";
import type {
  PeekOptions,
  PeekPage,
  RedriveOptions,
  RedriveResult,
  RemoveResult,
  ScannedMessage,
  ScanOptions,
  ScanPage,
  StoredMessage,
} from "./stored-message.ts";

/**
 * A store of queues. At-least-once: a message may be delivered again at any time until it is settled. Adapters are
 * thin; retries, heartbeats, checks and shutdown live in core, once. Queue names arrive complete (prefix included).
 * What the capabilities exclude never arrives: `validateBroker` refuses it, and every call after a close.
 */
export interface Broker {
  /** `memory`, `sqlite`, `redis`, `sqs`, or yours. */
  readonly kind: string;
  /** Who sees its queues. A result store with less reach cannot coordinate workers. */
  readonly reach: Reach;
  /** Whether any of its queues keeps finished jobs, see `Capabilities.keepsFinished`. Default false. */
  readonly keepsFinished?: boolean;
  /**
   * The capabilities of a queue with usual settings, known before a queue is opened. Tests replace the broker by one in
   * memory that keeps them. Default: unknown.
   */
  readonly limits?: Capabilities;
  /**
   * Full names of queues whose jobs workers of another system may run. These start no next step, so that a flow can only
   * end there. Known without a connection, so that a flow is refused at its start. Default none.
   */
  readonly foreignQueues?: ReadonlySet<string>;
  /**
   * Opens a queue for sending, reading and administration. It needs no blocking connection and no right to receive.
   * @throws QueueNotFoundError where the queue must exist beforehand and does not.
   */
  openQueue(name: string): Promise<BrokerQueue>;
  /**
   * Opens a queue for receiving with leases of `leaseMs`.
   * @throws as `openQueue` does
   */
  openConsumer(name: string, options: ConsumerOptions): Promise<BrokerConsumer>;
  /**
   * A coordination store in the same storage, if it can have one. It closes with the broker and is not part of any
   * queue.
   */
  readonly coordination?: CoordinationStore;
  /** Its tables, if it is in a database whose owner may have to create them. */
  readonly schema?: StoreSchema;
  /** Names what is missing before the first job, such as a file; `undefined` when all exists. It creates nothing. */
  absence?(): string | undefined;
  /**
   * The requests to a service that bills them, since this broker was made, by action. For metrics. Default: requests
   * cost nothing.
   */
  requests?(): readonly BrokerRequests[];
  /**
   * Optional: asks which transaction is open on an object of the caller. An enqueue calls it before it awaits anything,
   * and passes it on with the send. For a database whose connection may be in another transaction by then.
   */
  transactionId?(transaction: object): Promise<unknown>;
  /** Closes all it opened, and ends receives in flight. Bounded in time also when the broker is gone. */
  close(): Promise<void>;
}

/** How often one action of a service was requested. */
export interface BrokerRequests {
  /** The service's name of it, such as `ReceiveMessage`. */
  readonly action: string;
  /** Requests, failed ones included. */
  readonly sent: number;
  /** The same in the units of the service's bill: a large request can count several times. */
  readonly billed: number;
}

/** Options of a consumer. */
export interface ConsumerOptions {
  /** Length of a lease in ms, before it is extended. */
  readonly leaseMs: number;
  /** Who receives, for `StoredMessage.holder`: a worker's identity. Default: none. */
  readonly holder?: string;
  /**
   * Whether no receive passes over a message that it could have, even where its transaction has committed late. For a
   * relay, which must keep an order. Default: newer messages may be looked at first.
   */
  readonly isOrdered?: boolean;
}

/** Options of one receive. `timeoutMs` does not include the wait: the answer may take both together. */
export interface ReceiveOptions extends CallOptions {
  /** At most this many messages. */
  readonly max: number;
  /** How long to wait for the first, in ms; 0 returns at once. */
  readonly waitMs: number;
  /**
   * After an abort the receive resolves within `capabilities.abortMs`, perhaps with messages. It never rejects because
   * of the abort.
   */
  readonly signal: AbortSignal;
}

/** A receive with its time limit, as a driver gets it. */
export type TimedReceive = ReceiveOptions & TimedCall;

/** A queue that is open for receiving. */
export interface BrokerConsumer {
  /** Full name of the queue. */
  readonly queue: string;
  readonly capabilities: Capabilities;
  /**
   * From how many messages on a second receive beside the first is worth its request. A busy worker then asks for half of
   * its slots twice, and the broker prepares one half while the other one runs. Default: `capabilities.maxReceive`.
   */
  readonly sharedReceive?: number;
  /** Leases up to `max` messages. Rejects only when the broker cannot be asked. */
  receive(options: ReceiveOptions): Promise<readonly Delivery[]>;
  /**
   * Renews leases to `leaseMs` from now, also ended ones whose message nobody else has. Result i answers delivery i.
   */
  extend(
    deliveries: readonly Delivery[],
    leaseMs: number,
    options?: CallOptions,
  ): Promise<readonly ExtendResult[]>;
  /** Ends leases. Result i answers settlement i; partial failure is a result, not a rejection. */
  settle(settlements: readonly Settlement[], options?: CallOptions): Promise<readonly SettleResult[]>;
  /**
   * Optional, where `capabilities.keepsFinished`: adds progress or a log line to a leased message, for people who look
   * at the queue. Nothing depends on it; without the lease it has no effect.
   */
  note?(delivery: Delivery, note: JobNote): Promise<void>;
  /**
   * Where `capabilities.transactions`: marks a leased message as completed with an open transaction of the caller. Once
   * that commits, each later delivery has `completed`. The message stays leased until it is settled.
   * @returns `lost` when the lease is not held any more, or another run has completed the job; then nothing is marked
   * @throws ConfigError for a transaction that is not open, or not one of this broker's database
   */
  complete?(delivery: Delivery, value: string, options: CompleteOptions): Promise<"completed" | "lost">;
  /**
   * Where `capabilities.transactions`: whether the mark of `complete` is committed.
   * @throws LeaseLostError where the message is gone with its mark: another worker may have done the rest of the job
   */
  isCompleted?(delivery: Delivery, options?: CallOptions): Promise<boolean>;
  /** Optional fast path: one round trip for both, settlements first. `validateBroker` does one after the other where it is absent. */
  settleAndReceive?(settlements: readonly Settlement[], options: ReceiveOptions): Promise<SettledAndReceived>;
  /** Releases no messages: unsettled leases expire. */
  close(): Promise<void>;
}

/** Progress or a log line of a running job. */
export interface JobNote {
  /** JSON text. It replaces the last one. */
  readonly progress?: string;
  /** One line, added to the others. */
  readonly line?: string;
}

/** The answer of `settleAndReceive`. */
export interface SettledAndReceived {
  readonly settled: readonly SettleResult[];
  readonly received: readonly Delivery[];
}

/** A queue that is open for sending and administration. */
export interface BrokerQueue {
  /** Full name of the queue. */
  readonly name: string;
  readonly capabilities: Capabilities;
  /**
   * Optional: this many messages of an event-loop turn are sent before the turn ends. The store then works while the
   * next are prepared. Absent where one send for all is best.
   */
  readonly fullBatch?: number;
  /**
   * Stores messages, at once or with the caller's transaction. Result i answers message i; rejects only when nothing
   * was sent.
   * @throws ConfigError for a transaction that is not open, or not one of this broker's database
   * @throws UnsupportedError for a transaction unless `capabilities.transactions`.
   */
  send(messages: readonly OutgoingMessage[], options?: SendOptions): Promise<readonly SendResult[]>;
  /**
   * Optional: stores messages of another broker as `send` does, with their counts. One with `dead` becomes a dead letter
   * at once, and no worker gets it. Without it `jobs move` brings only jobs that nothing has happened to.
   */
  restore?(messages: readonly RestoredMessage[], options?: CallOptions): Promise<readonly SendResult[]>;
  /** The current numbers of the queue. */
  stats(): Promise<QueueStats>;
  /**
   * Reads messages without leasing or counting.
   * @throws UnsupportedError unless `capabilities.peek` allows it for the state.
   */
  peek(options: PeekOptions): Promise<PeekPage>;
  /**
   * Optional fast path: `peek` with ids and bodies only, for readers of a million messages. Its cursors are its own.
   * `scanPages` peeks where it is absent.
   * @throws as `peek` does
   */
  scan?(options: ScanOptions): Promise<ScanPage>;
  /**
   * Optional, where `capabilities.transactions`: the committed messages with these ids, in any state and any order. It
   * neither leases nor changes anything. An inbox looks up by it what is done, once for each receive.
   */
  find?(ids: readonly string[]): Promise<readonly ScannedMessage[]>;
  /**
   * Removes ready, delayed or dead messages. Result i answers id i.
   * @throws UnsupportedError unless `capabilities.remove`.
   */
  remove(ids: readonly string[]): Promise<readonly RemoveResult[]>;
  /**
   * Stops deliveries of this queue to every worker; sends continue.
   * @throws UnsupportedError unless `capabilities.pause`.
   */
  pause(): Promise<void>;
  /**
   * Undoes `pause`.
   * @throws UnsupportedError unless `capabilities.pause`.
   */
  resume(): Promise<void>;
  /**
   * Removes every ready and delayed message. Dead letters stay, and leased ones unless `purge` is `eventual`.
   * @throws UnsupportedError when `capabilities.purge` is false.
   */
  purge(): Promise<void>;
  /**
   * Makes dead letters ready again: counters are cleared, `redrives` + 1, the id stays.
   * @throws UnsupportedError unless `capabilities.redrive`.
   */
  redrive(options: RedriveOptions): Promise<RedriveResult>;
  /**
   * Optional, where `peek` shows dead letters and `remove` cannot remove them: passes all dead letters to `take`, in
   * parts. Those whose `messageId` it returns are removed. The others stay, and may come again in another call.
   */
  takeDead?(take: (part: readonly StoredMessage[]) => Promise<ReadonlySet<string>>): Promise<void>;
  /**
   * Optional: checks of a queue that only this broker can make, such as permissions. It changes nothing.
   * `jobs doctor` calls it.
   */
  diagnose?(use: QueueUse): Promise<readonly Diagnosis[]>;
}
