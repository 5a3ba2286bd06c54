import type { Broker } from "@jobs/core/broker";
import type { RelayEvent } from "./relay.ts";

/** Options of `failover`. */
export interface FailoverOptions {
  /** A broker on this machine or in your database, such as `sqlite()`. It keeps jobs while the other one is away. */
  readonly spool: Broker;
  /** The queue of the spool. Default `failover`. */
  readonly queue?: string;
  /**
   * Called when something changes. Default: a warning of the process for a spool that cannot be written, for jobs in it
   * that cannot be sent, and for those that the broker refuses later.
   */
  readonly onEvent?: (event: FailoverEvent) => void;
}

/** What happens to a broker with a failover. */
export type FailoverEvent =
  /** The broker does not answer. Jobs go to the spool until it does. */
  | { readonly type: "away"; readonly error: Error }
  /** It answers again. */
  | { readonly type: "back" }
  /** The spool cannot be written: found at the first enqueue of the process, and when it is needed. */
  | { readonly type: "spool_failed"; readonly error: Error }
  /**
   * Jobs of the spool cannot be sent, and not because of an outage: a setting is wrong, or a right is missing. They stay
   * there, and are tried again. Told once until some are sent.
   */
  | { readonly type: "send_failed"; readonly error: Error }
  /** Jobs of the spool have been sent. Refused ones are dead letters of the spool. */
  | Extract<RelayEvent, { readonly type: "moved" }>;

/** How much a spool holds. */
export interface SpoolStats {
  /** Whether new jobs go to the spool, since the broker does not answer. */
  readonly isAway: boolean;
  /** Jobs in the spool; `null` where it does not know. */
  readonly waiting: number | null;
  /** How long the oldest of them has been waiting, in ms; `null` when none waits. */
  readonly oldestMs: number | null;
  /** Jobs that the broker has refused: dead letters of the spool. */
  readonly dead: number | null;
}

/** A broker with a failover. */
export interface BrokerWithFailover extends Broker {
  /** Asks the spool how much waits in it. A spool that nothing was ever kept in is empty. @throws what the spool throws */
  spoolStats(): Promise<SpoolStats>;
}
