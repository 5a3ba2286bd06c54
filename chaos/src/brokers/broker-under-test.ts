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
  /** Ends the server like a crash, or cuts all connections to it. Absent where the broker has no server. */
  crash?(): Promise<void>;
  /** Brings it back with the same data. Resolves when it accepts connections. */
  start?(): Promise<void>;
}

/** What handlers write in the transaction that completes their job: a row for each run. */
export interface Effects {
  /** Writes the row of a job, and completes the job by `complete`, in one transaction. */
  write(job: string, complete: (transaction: object) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** What a broker cannot do, and its experiments therefore judge less strictly. */
export interface BrokerTraits {
  /** A frozen worker may hold the lock of the file: then nobody else can write, and all leases end. */
  readonly locksAll?: true;
  /** Jobs share a lease: what a killed worker has done runs again with the others of its message. */
  readonly sharesLeases?: true;
  /** Each delivery counts as an attempt, since nobody knows whether the one before it failed or crashed. */
  readonly countsNoFailures?: true;
}

/** A broker for an experiment: many processes open it, and its storage is inspected without the adapter. */
export interface BrokerUnderTest {
  readonly traits?: BrokerTraits;
  /** Makes it ready for one run; what it stores may be in `folder`. */
  prepare(folder: string): Promise<Premises>;
  /** `worker` is the number of a worker, for brokers whose workers differ; absent for other processes. */
  open(address: string, worker?: number): Broker;
  /** Opens the rows of handlers, for at most so many runs at once. Absent where a handler cannot complete its job. */
  openEffects?(address: string, concurrency: number): Effects;
  /** The job of each row that a handler wrote. */
  effectsOf?(address: string): Promise<readonly string[]>;
  /** A worker of another library on the same queue, where this number is one; it runs until it is stopped. */
  foreignWorker?(worker: number): ((parts: ForeignWorkerParts) => Promise<void>) | undefined;
  /** Looks into the storage without the adapter. */
  inspect(address: string): Promise<Remains>;
}

/** What a worker of another library is given. */
export interface ForeignWorkerParts {
  readonly address: string;
  readonly concurrency: number;
  readonly leaseMs: number;
  /** Runs one job, as ours do. */
  run(job: ForeignJob): Promise<void>;
  /** To be called once it asks for jobs. */
  onServing(): void;
}

/** A job as a worker of another library sees it. */
export interface ForeignJob {
  readonly id: string;
  readonly attempt: number;
  /** How often it was delivered, this time included. */
  readonly delivery: number;
  /** How long it takes. */
  readonly ms: number;
}
