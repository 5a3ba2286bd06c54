import type { Broker } from "../broker/broker.ts";
import type { Capabilities } from "../broker/capabilities.ts";
import type { Reach } from "../coordination/reach.ts";
import type { HistoryStore } from "../history/history-store.ts";
import type { ResultStore } from "../results/result-store.ts";

/** Options for a factory of an adapter, from a configuration or a URL. The factory checks them. */
export type AdapterOptions = Readonly<Record<string, unknown>>;

/** Input for making one of an adapter's stores from its descriptor. */
export interface AdapterSetup {
  readonly options: AdapterOptions;
  /** Relative paths in the options start here. */
  readonly folder: string;
  /** Called with a warning about a working store. */
  readonly warn: (warning: string) => void;
}

/** A queue of an app, as far as it decides how the broker's queue must be made. */
export interface QueueNeeds {
  /** Without prefix. */
  readonly name: string;
  /** The most runs of one job. */
  readonly maxAttempts: number;
  /** The longest time from the enqueue of a job to its last run, in ms. */
  readonly longestLifeMs: number;
}

/** All queues of an app, and where they are to be. */
export interface InfrastructureNeeds {
  readonly queues: readonly QueueNeeds[];
  readonly queuePrefix: string;
  /** The lease that workers take, in ms. */
  readonly leaseMs: number;
  /** Default: any region. */
  readonly region?: string | undefined;
  /** Default: any account. */
  readonly account?: string | undefined;
}

/** Documents that make the queues of an app, for brokers whose queues must exist. `jobs infra print` prints them. */
export interface Infrastructure {
  /** The formats by name, and how a document of each is written. */
  readonly formats: Readonly<Record<string, "json" | "yaml">>;
  /** The same document for the same needs. It asks no server. @throws ConfigError for a name that no queue can have. */
  describe(format: string, needs: InfrastructureNeeds): object;
}

/**
 * The description of an adapter, exported by its package as `adapter`. Programs for every adapter, such as the command
 * line, use only this. A store that the adapter lacks is left out; a coordination store comes with the broker or the
 * result store. The package's manifest repeats `kind`, `schemes` and `stores` under `jobs`, so that an adapter is found
 * without loading it.
 */
export interface AdapterDescriptor {
  /** Name in `--broker` and `kind:`, such as `redis`. The package is `@jobs/adapter-<kind>`. */
  readonly kind: string;
  /** Schemes of its URLs, without the colon. */
  readonly schemes: readonly string[];
  /** Who sees its stored data. */
  readonly reach: Reach;
  /** The capabilities of a queue with default settings, for tests and uses without a server. Absent without queues. */
  readonly limits?: Capabilities;
  /** Default options. Default: none. */
  readonly defaults?: AdapterOptions;
  /** Options about the store's place that users may set besides a URL. Default: none. */
  readonly targetOptions?: readonly TargetOption[];
  /** The options in a URL. @throws ConfigError without the URL, which may contain a password. */
  readUrl(url: string): AdapterOptions;
  /** @throws ConfigError for options that cannot be used */
  createBroker?(setup: AdapterSetup): Broker;
  /** @throws ConfigError for options that cannot be used */
  createResults?(setup: AdapterSetup): ResultStore;
  /** @throws ConfigError for options that cannot be used */
  createHistory?(setup: AdapterSetup): HistoryStore;
  /** Set when queues must exist before the first worker starts. */
  readonly infrastructure?: Infrastructure;
}

/** What `--endpoint` and `--region` of the command line set. */
export type TargetOption = "endpoint" | "region";

/** The kinds of stores of an adapter. */
export type StoreRole = "broker" | "results" | "history";
