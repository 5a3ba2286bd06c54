import type { Broker } from "@jobs/core/broker";

/** Options of `createRelay`. */
export interface RelayOptions {
  /** The store of an outbox or a failover. */
  readonly from: Broker;
  /** The broker that its jobs are for. */
  readonly to: Broker;
  /** The queue of the store. Default `outbox`. */
  readonly queue?: string;
  /** Whether it ends when nothing waits any more. Default false: it goes on until it is stopped. */
  readonly untilEmpty?: boolean;
  /**
   * How long another relay waits for one that gives no sign of life, in ms. The jobs that a killed one had in hand are
   * back by then. Default 45,000.
   */
  readonly takeoverMs?: number;
  /** Called after each batch, and when something changes. Default: none. */
  readonly onEvent?: (event: RelayEvent) => void;
}

/** What a relay does. */
export type RelayEvent =
  | { readonly type: "moved"; readonly sent: number; readonly refused: number }
  /** Jobs wait: the store cannot be reached, or the broker does not take them. The next try is after `retryMs`. */
  | {
      readonly type: "waits";
      readonly for: "store" | "broker";
      readonly error: Error;
      readonly retryMs: number;
    }
  /** Another relay is at work on this queue; this one takes over when that one ends. */
  | { readonly type: "stands_by" }
  /** The other relay has ended or was killed, and this one is at work. */
  | { readonly type: "takes_over" };

/** What a relay has done. */
export interface RelayReport {
  /** Jobs that the broker has taken. */
  readonly sent: number;
  /** Jobs that it will never take; they are dead letters of the store. */
  readonly refused: number;
}

/**
 * `active`: it moves jobs. `standby`: another relay does. `waiting`: the store or the broker does not take part now.
 */
export type RelayState = "starting" | "active" | "standby" | "waiting" | "stopped";

/** The numbers of a relay and of its store. What the store does not know is `null`. */
export interface RelayStats extends RelayReport {
  readonly state: RelayState;
  /** Jobs sent in a second, on average over the last 10 s. */
  readonly sentPerSecond: number;
  /** Jobs in the store that the broker does not have yet. */
  readonly waiting: number | null;
  /** How long the oldest of them has been waiting, in ms; `null` when none waits. */
  readonly oldestMs: number | null;
  /** Dead letters of the store. */
  readonly dead: number | null;
}

/** Moves the jobs of a store to their broker. */
export interface Relay {
  readonly state: RelayState;
  /**
   * Resolves after `stop`, or with `untilEmpty` when nothing waits any more. It waits while the store or the broker
   * cannot be reached.
   * @throws BrokerUnavailableError for a store that does not exist · what the store throws, if it does not pass
   */
  run(): Promise<RelayReport>;
  /** Asks the store how much waits. @throws what the store throws */
  stats(): Promise<RelayStats>;
  /** Begins no send any more, and hands back what it has not sent. */
  stop(): void;
}
