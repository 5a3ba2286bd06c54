import { relative, resolve } from "node:path";
import { type App, type AppDefinition, ConfigError, type Logger, type Schedule } from "@jobs/core";
import { type Broker, type HistoryStore, UnsupportedError } from "@jobs/core/broker";
import type { AppConfig, ConfigLayer } from "@jobs/core/config";
import { warn } from "../output/warn.ts";
import { STORE_QUEUES } from "../queues/selected-queues.ts";
import { chooseBroker, isDefaultBroker } from "./choose-broker.ts";
import { chooseHistory } from "./choose-history.ts";
import { chooseResults } from "./choose-results.ts";
import { fileSchedules } from "./file-schedules.ts";
import { installedAdapters } from "./find-adapter.ts";
import { loadModule } from "./load-module.ts";
import { type FlagSettings, openProject, type Project } from "./open-project.ts";

/** What a command needs of the app. */
export interface AppNeeds {
  readonly flags: FlagSettings;
  /** Creates another app instead of the project's own. Default: the module named in the configuration. */
  readonly app?: () => Promise<App>;
  /** Whether the command works without tasks, on a broker and queues alone. Default false. */
  readonly isAppOptional?: boolean;
  /** Whether a broker is opened. Default true. */
  readonly hasBroker?: boolean;
  /** Whether the result store that was asked for is opened. Default: with the broker. */
  readonly hasResults?: boolean;
  /** What the command does on the broker, see {@link BrokerUse}. Default `change`. */
  readonly use?: BrokerUse;
  /** Replaces the finished definition, for example by one whose calls are measured. Default: nothing. */
  readonly decorate?: (definition: AppDefinition) => Promise<AppDefinition>;
  /** Receives core's log. Created only when the app exists. Default: none. */
  readonly logger?: (() => Promise<Logger>) | undefined;
}

/**
 * How a command uses the broker: it runs jobs in this process, only reads, or changes stored data. Data in the memory
 * of one process is only useful for `run`, since it is lost when a command ends.
 */
export type BrokerUse = "run" | "look" | "change";

/** The app with all settings applied. */
export interface OpenedApp extends AsyncDisposable {
  readonly app: App;
  readonly project: Project;
}

/**
 * Loads configuration and app, merges the settings, adds the broker and binds the app to them. Handlers that import the
 * app from its module then use the same broker.
 * @throws ConfigError naming file and line when any of it is broken · for an app that its own module has opened
 */
export async function openApp(needs: AppNeeds): Promise<OpenedApp> {
  const {
    flags,
    isAppOptional = false,
    hasBroker = true,
    hasResults = hasBroker,
    use = "change",
    decorate = async (finished: AppDefinition) => finished,
    logger,
  } = needs;
  const project = await openProject(flags);
  const app = await (needs.app?.() ?? findApp(project, flags.app, isAppOptional));
  const schedules = needs.app === undefined ? ownSchedules(project, app, flags.app) : [];
  // Another app, such as a monitor's or a benchmark's, has no jobs of the project.
  const hasHistory = hasBroker && needs.app === undefined;
  const supplies = {
    schedules,
    hasBroker,
    hasResults,
    hasHistory,
    logger,
    named: Reflect.get(flags, "queues"),
  };
  const definition = await layOver(app.definition, project, supplies);
  if (hasBroker && use !== "run") checkReach(brokerOf(definition), use, project);
  const nothing = nothingThere(definition, project, { hasBroker, hasResults });
  if (nothing !== undefined && (isAppOptional || needs.app !== undefined)) {
    refuseNowhere(nothing, project);
    if (isAppOptional) warn(`nothing is there yet: ${nothing.absent}.`);
  }
  const { bindApp } = await import("@jobs/core/config");
  const isDry = flags["dry-run"] === true && hasBroker;
  bindApp(app, await decorate(isDry ? await dry(definition) : definition));
  return { app, project, [Symbol.asyncDispose]: () => closeApp(app) };
}

/** Apps of which a call was not done in its time. */
const late = new WeakSet<App>();

/** How long such an app may take to close, in ms. A broker that is away would hold up the end of the command. */
const LATE_CLOSE_MS = 200;

/** Says that a call was not done in its time: the command does not wait long for its close. */
export function closeSoon(app: App): void {
  late.add(app);
}

/** Closes an app: see {@link closeSoon}. */
export async function closeApp(app: App): Promise<void> {
  if (!late.has(app)) return app.close();
  const { endOf, keepAliveClock } = await import("@jobs/core/runtime");
  await endOf(keepAliveClock, LATE_CLOSE_MS, app.close());
}

/**
 * Opens the history of a project without a broker; `undefined` if there is none. The app is loaded only where nothing
 * else names a history.
 * @throws ConfigError for a history that does not exist, and that nothing names
 */
export async function openHistory(flags: FlagSettings): Promise<HistoryStore | undefined> {
  const { resolveConfig } = await import("@jobs/core/config");
  const project = await openProject(flags);
  const named = resolveConfig(project.layers);
  const before = await chooseHistory(named, project, { own: undefined, isDefaultBroker: false });
  if (before !== undefined) return before === false ? undefined : before;
  const { definition } = await findApp(project, flags.app, true);
  const config = resolveConfig([...project.layers, ...definition.config.layers]);
  const needs = { own: definition.history, isDefaultBroker: isDefaultBroker(config, definition.broker) };
  const chosen = await chooseHistory(config, project, needs);
  const absent = chosen === false ? undefined : chosen?.absence?.();
  if (absent !== undefined) refuseNowhere({ absent, isNamed: false }, project);
  return chosen === false ? undefined : (chosen ?? definition.history);
}

async function dry(definition: AppDefinition): Promise<AppDefinition> {
  const { dryRun } = await import("@jobs/core/runtime");
  return dryRun(definition);
}

/** The app's broker. @throws ConfigError when there is none */
export function brokerOf({ broker }: Pick<App, "broker">): Broker {
  if (broker !== undefined) return broker;
  throw new ConfigError("this app has no broker.", { hint: "Name one by --broker." });
}

/** @throws UnsupportedError for a change that would be lost when this process ends, or that no worker would see */
function checkReach({ kind, reach }: Broker, use: "look" | "change", { folder }: Project): void {
  if (reach !== "process") return;
  const why = "keeps its queues in the memory of one process, and this command is a process of its own";
  if (use === "look") return warn(`${kind}: ${why}: no worker's jobs are seen here.`);
  throw new UnsupportedError(
    { broker: kind },
    "reach",
    `${why}: what it changes would be lost`,
    sharedBrokerHint(folder),
  );
}

/** What to do about a broker that other processes do not see. Names the installed kinds that they can see. */
export function sharedBrokerHint(folder: string): string {
  const shared = installedAdapters(folder, "broker").filter((adapter) => adapter.reach !== "process");
  const kinds = shared.map(({ kind }) => kind).join(", ");
  return `Name a broker that the workers share, by --broker, JOBS_BROKER or the configuration file: ${kinds}.`;
}

/** A store without any data is reported, because it looks like a healthy one. */
interface Nothing {
  readonly absent: string;
  /** Whether a setting names the place. */
  readonly isNamed: boolean;
}

function nothingThere(
  { broker, results, config }: AppDefinition,
  { file }: Project,
  { hasBroker, hasResults }: Pick<Supplies, "hasBroker" | "hasResults">,
): Nothing | undefined {
  if (!hasBroker && !hasResults) return undefined;
  const isNamed = config.explain(hasBroker ? "broker" : "results").value !== undefined;
  // An app without results throws its own error.
  const unnamed = file === undefined && results === undefined ? "no results are named" : undefined;
  const absent = hasBroker ? broker?.absence?.() : (results?.absence?.() ?? unnamed);
  return absent === undefined ? undefined : { absent, isNamed };
}

/** @throws ConfigError for a place that does not exist, and that neither a configuration nor a setting names */
function refuseNowhere({ absent, isNamed }: Nothing, { file, cwd }: Project): void {
  if (file !== undefined || isNamed) return;
  throw new ConfigError(
    `nothing is there yet: ${absent}, and there is no jobs.config.* in ${cwd} or above.`,
    {
      hint: "Run the command in the project's folder, or name the broker by --broker, results by --results.",
    },
  );
}

/** What a project gives to an app. */
interface Supplies extends Pick<AppNeeds, "logger"> {
  readonly schedules: readonly Schedule[];
  readonly hasBroker: boolean;
  readonly hasResults: boolean;
  readonly hasHistory: boolean;
  /** Queues that the command names by `--queues`, if it takes names. */
  readonly named?: unknown;
}

/** Applies flags, environment and file to an app's definition, and adds the stores that they name. */
async function layOver(own: AppDefinition, project: Project, supplies: Supplies): Promise<AppDefinition> {
  const { resolveConfig } = await import("@jobs/core/config");
  const { schedules, hasBroker, hasResults, hasHistory, logger, named } = supplies;
  const layers = [...project.layers, ...own.config.layers];
  const layered = resolveConfig(layers, project.warnings);
  const config = isOfStores(own, layered, named) ? resolveConfig([NO_PREFIX, ...layers]) : layered;
  const runtime = logger === undefined ? {} : { runtime: { logger: await logger() } };
  for (const warning of config.warnings) warn(warning);
  const results = hasResults ? await chooseResults(config, project) : undefined;
  const broker = hasBroker ? await chooseBroker(config, own.broker, project) : undefined;
  const needs = { own: own.history, isDefaultBroker: isDefaultBroker(config, own.broker) };
  const history = hasHistory ? await chooseHistory(config, project, needs) : undefined;
  return own.with({
    config,
    schedules,
    ...runtime,
    ...(results === undefined ? {} : { results }),
    ...(broker === undefined ? {} : { broker }),
    ...(history === undefined ? {} : { history }),
  });
}

/** Outbox, spool and inbox have names without the prefix, since programs of several projects may share them. */
const NO_PREFIX: ConfigLayer = { layer: "flag", queuePrefix: "", where: () => "--queues" };

/** Whether a command is only about queues of stores. A task may have a queue of such a name, which then is meant. */
function isOfStores({ tasks }: AppDefinition, config: AppConfig, named: unknown): boolean {
  if (!Array.isArray(named) || named.length === 0) return false;
  if (config.explain("queuePrefix").layer === "flag") return false;
  const used = tasks.tasks.map(({ name }) => config.task(name).queue);
  return named.every((name) => STORE_QUEUES.includes(name) && !used.includes(name));
}

/** Configures an app of a separate program as `jobs worker` does, with the schedules of the file. */
export async function bindOwnApp(app: App): Promise<void> {
  const project = await openProject({});
  const schedules = ownSchedules(project, app, undefined);
  const { bindApp } = await import("@jobs/core/config");
  const all = { hasBroker: true, hasResults: true, hasHistory: true };
  bindApp(app, await layOver(app.definition, project, { schedules, ...all }));
}

/** The file's schedules name tasks of an app, so without an app they are not checked. */
function ownSchedules({ file }: Project, app: App, named: string | undefined): readonly Schedule[] {
  if (file === undefined || (named ?? file.values.app) === undefined) return [];
  return fileSchedules(file, app.tasks);
}

async function findApp(project: Project, named: string | undefined, isOptional: boolean): Promise<App> {
  const { file, cwd } = project;
  if (named !== undefined) return loadApp(resolve(cwd, named), cwd);
  const reference = file?.values.app;
  if (reference === undefined && isOptional) return bareApp();
  if (file === undefined) {
    throw new ConfigError(`there is no jobs.config.* in ${cwd} or above.`, {
      hint: 'Create jobs.config.ts with export default { app: "./app.ts" }, or name a file by --config, or the app by --app.',
    });
  }
  if (isApp(reference)) return reference;
  if (typeof reference === "string") return loadApp(resolve(file.folder, reference), cwd);
  throw new ConfigError(`${file.where("app")}: app must be the path of the app's module.`, {
    hint: "Write it into the file, or name it by --app.",
  });
}

async function loadApp(path: string, cwd: string): Promise<App> {
  const name = relative(cwd, path) || ".";
  const exported = (await loadModule(path, name)).default;
  if (isApp(exported)) return exported;
  throw new ConfigError(`${name}: the default export is not an app.`, {
    hint: "Write export default createApp({ … });",
  });
}

/** No tasks: enough to look at queues and to administer them. */
async function bareApp(): Promise<App> {
  const { createApp } = await import("@jobs/core");
  return createApp({ tasks: [] });
}

/** By shape, not by class: the app may come from another copy of core. */
function isApp(value: unknown): value is App {
  return (
    typeof value === "object" &&
    value !== null &&
    ["enqueueByName", "worker", "with"].every((method) => typeof Reflect.get(value, method) === "function")
  );
}
