import type { Broker } from "@jobs/core/broker";

/** What the storage still holds when all jobs are done (oracle O4). */
export interface Remains {
  /** Messages in the broker's own storage, in any state. */
  readonly messages: number;
  /** Whether the storage's own check finds no damage. */
  readonly isSound: boolean;
}

/** The broker of one run. Disposed of when the run is over. */
export interface Premises extends AsyncDisposable {
  /** Where it is; handed to every process. */
  readonly address: string;
}

/** A broker for an experiment: many processes open it, and its storage is inspected without the adapter. */
export interface BrokerUnderTest {
  /** Makes it ready for one run; what it stores may be in `folder`. */
  prepare(folder: string): Promise<Premises>;
  open(address: string): Broker;
  /** Looks into the storage without the adapter. */
  inspect(address: string): Promise<Remains>;
}
