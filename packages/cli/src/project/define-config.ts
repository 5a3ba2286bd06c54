import type { App } from "@jobs/core";
import type { Broker, HistoryStore, ResultStore } from "@jobs/core/broker";

/** A configuration file in code. Durations are `30s`, `5m` or a number of ms, see the configuration guide. */
export interface ConfigFileSource {
  /** Path of the module whose default export is the app, relative to the file; or the app itself. */
  readonly app?: string | App;
  /** A kind, a key of `brokers`, a URL, options with their `kind`, or a broker. Default: the app's own, else SQLite in `.jobs/jobs.db`. */
  readonly broker?: string | BrokerSource;
  /** Brokers by a name of your own, for `--broker`. */
  readonly brokers?: Readonly<Record<string, string | BrokerSource>>;
  /**
   * Your own adapters by kind: the path of a module, which begins with `./`, or the name of a package. Its module
   * exports an `AdapterDescriptor` as `adapter`. The kind is then known to `broker`, `results` and URLs.
   */
  readonly adapters?: Readonly<Record<string, string>>;
  /** Where results are kept: a kind (`memory`, `sqlite`, `redis`, `postgres`), a URL, options with their `kind`, or a store. Default: the app's own, if any. */
  readonly results?: string | ResultsSource;
  /**
   * Where the history of jobs is kept: a kind (`memory`, `sqlite`, `postgres`), a URL, options with their `kind`, a
   * store, or `off`. Default: the app's own; else beside the jobs, where nothing names their broker.
   */
  readonly history?: string | HistorySource;
  readonly queuePrefix?: string;
  /** Version of the application, shown by `jobs workers`. */
  readonly release?: string;
  /** Queue to which producers and workers report what happens, see the guide on the monitor. */
  readonly monitor?: string;
  /** Whether an enqueue resolves only when its event is in the monitor's queue. */
  readonly monitorStrict?: boolean;
  /**
   * States that all producers and workers run on this machine. Results may then be on it, although the broker is on a
   * network.
   */
  readonly allowLocalResults?: boolean;
  readonly worker?: Readonly<Record<string, unknown>>;
  /** Settings of tasks by name; those of `DEFAULT` hold for all. */
  readonly tasks?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Schedules by name, see the guide on schedules. Each replaces the app's schedule of the same name. */
  readonly schedules?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A broker, or what its adapter's factory takes. */
export type BrokerSource = Broker | { readonly kind: string; readonly [option: string]: unknown };

/** A result store, or what its package's factory takes. */
export type ResultsSource = ResultStore | { readonly kind: string; readonly [option: string]: unknown };

/** A history store, or what its package's factory takes. */
export type HistorySource = HistoryStore | { readonly kind: string; readonly [option: string]: unknown };

/** Gives a configuration file in code its types; returns what it is given. */
export function defineConfig(config: ConfigFileSource): ConfigFileSource {
  return config;
}

/**
 * Applies environment and configuration file to an app, as `jobs worker` does: settings, broker, result store,
 * schedules. For programs that run their own worker: `await configureApp(app); await app.worker().run();`. They win
 * over everything that code says, so no code can bypass them (requirement C20). Call it once, before the app opens.
 * Modules that the command or `createHost` loads do not need it.
 * @throws ConfigError for an invalid value, naming file and line or variable · for an app that is open or configured
 */
export async function configureApp(app: App): Promise<void> {
  // A configuration file imports this package for its types; it must not load all of this.
  const { bindOwnApp } = await import("./open-app.ts");
  await bindOwnApp(app);
}
