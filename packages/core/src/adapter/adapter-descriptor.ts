import type { Broker } from "../broker/broker.ts";
import type { Capabilities } from "../broker/capabilities.ts";
import type { Reach } from "../coordination/reach.ts";
import type { MonitorSink } from "../monitor/monitor-event.ts";
import type { ResultStore } from "../results/result-store.ts";

/** What a factory of an adapter takes, as a configuration or a URL says it; the factory itself checks it. */
export type AdapterOptions = Readonly<Record<string, unknown>>;

/** How one of an adapter's stores is made by somebody who knows only the descriptor. */
export interface AdapterSetup {
  readonly options: AdapterOptions;
  /** Relative paths in the options start here. */
  readonly folder: string;
  /** Is told what is wrong with a store that works all the same. */
  readonly warn: (warning: string) => void;
}

/** The tables of a store, where a deployment may make them as a step of its own. */
export interface StoreSchema {
  /** Makes the tables or brings them up to date; tells the versions before and after. */
  migrate(options: AdapterOptions): Promise<{ readonly from: number; readonly to: number }>;
  /** Statements that give a role what it needs. Default access: `worker`. @throws ConfigError for a name that no role has. */
  grants(role: string, access: StoreAccess | undefined, options: AdapterOptions): readonly string[];
}

/** What a role of a database does with the tables: a worker writes results, a monitor writes events, a reader looks. */
export type StoreAccess = "worker" | "monitor" | "reader";

/**
 * What the package of an adapter says about itself, exported as `adapter`. Programs that are to work with every adapter,
 * such as the command line, know no more. A store that the adapter does not have is left out; a coordination store comes
 * with the broker or the result store. The package's manifest repeats `kind`, `schemes` and `stores` under `jobs`, so
 * that an adapter is found without being loaded.
 */
export interface AdapterDescriptor {
  /** Name in `--broker` and `kind:`, such as `redis`. The package is `@jobs/adapter-<kind>`. */
  readonly kind: string;
  /** What URLs of it begin with, without the colon. */
  readonly schemes: readonly string[];
  /** Who sees what is stored there. */
  readonly reach: Reach;
  /** What a queue declares that is set up as usual; absent where there are no queues. For tests, and for those without a server to ask. */
  readonly limits?: Capabilities;
  /** Options where the user gives none. Default: none. */
  readonly defaults?: AdapterOptions;
  /** Options for where the store is, which whoever starts a program may give beside an address. Default: none. */
  readonly targetOptions?: readonly TargetOption[];
  /** The options that a URL means. @throws ConfigError that quotes no URL, since URLs hold passwords. */
  readUrl(url: string): AdapterOptions;
  /** @throws ConfigError for options that cannot be used */
  createBroker?(setup: AdapterSetup): Broker;
  /** @throws ConfigError for options that cannot be used */
  createResults?(setup: AdapterSetup): ResultStore;
  /** @throws ConfigError for options that cannot be used */
  createMonitor?(setup: AdapterSetup): MonitorSink;
  /** The broker's own name of a queue, where one has to be made beforehand. @throws ConfigError for a name that it cannot have. */
  queueName?(prefix: string, name: string): string;
  /** Where the tables of results and events can be made beforehand. */
  readonly schema?: StoreSchema;
}

/** What `--endpoint` and `--region` of the command line set. */
export type TargetOption = "endpoint" | "region";

/** What an adapter may keep. */
export type StoreRole = "broker" | "results" | "monitor";
