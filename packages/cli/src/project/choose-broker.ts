import { ConfigError } from "@jobs/core";
import type { AdapterOptions, Broker, TargetOption } from "@jobs/core/broker";
import type { AppConfig } from "@jobs/core/config";
import { installCommand } from "@jobs/core/runtime";
import { CliError } from "../output/cli-error.ts";
import {
  type AdapterAddress,
  type AnyAddress,
  addressOfKind,
  readAddress,
  setupOf,
} from "./adapter-address.ts";
import { adapterPackage, findAdapter } from "./find-adapter.ts";
import type { Project } from "./open-project.ts";

/** The kind of broker of a project that names none: the only kind that the command knows by name. */
export const DEFAULT_BROKER = "sqlite";

/**
 * The broker of an app: that of flag, variable or file, else the app's `own`, else the default beside the
 * configuration file. The adapter is loaded only if the app's own broker is not used.
 */
export async function chooseBroker(
  config: AppConfig,
  own: Broker | undefined,
  project: Project,
): Promise<Broker> {
  const { value, layer } = config.explain("broker");
  const written = layer === "file" ? project.file?.values.broker : value;
  if (written !== undefined) return createBroker(written, project, layer === "file");
  if (own === undefined) return createDefaultBroker(project);
  refuseTarget(project);
  return own;
}

/** Whether nothing names a broker, so that the default is used. */
export function isDefaultBroker(config: AppConfig, own: Broker | undefined): boolean {
  return own === undefined && config.explain("broker").value === undefined;
}

/** The kind of broker that flag, variable or file name; `undefined` where at most the app knows it. Loads no adapter. */
export function writtenKind(config: AppConfig, project: Project): string | undefined {
  const { value, layer } = config.explain("broker");
  const written = layer === "file" ? project.file?.values.broker : value;
  const brokers = namedBrokers(project);
  const named = typeof written === "string" && Object.hasOwn(brokers, written) ? brokers[written] : written;
  if (typeof named === "string") return named.split(":", 1)[0];
  return isKindWithOptions(named) ? named.kind : undefined;
}

/** Its package is a peer that may be missing: a project on another broker need not install it. */
async function createDefaultBroker(project: Project): Promise<Broker> {
  const adapter = await findAdapter(DEFAULT_BROKER, project);
  if (adapter !== undefined) return createBroker(DEFAULT_BROKER, project, false);
  const install = installCommand(adapterPackage(DEFAULT_BROKER), project.folder);
  throw new ConfigError(`no broker is chosen, and the default, ${DEFAULT_BROKER}, is not installed.`, {
    hint: `Install it: ${install}. Or choose a broker: --broker, JOBS_BROKER, or broker in the configuration file.`,
  });
}

/**
 * A broker of a command that has two, by kind, key of `brokers` or URL. Endpoint and region of flags are for the one that
 * knows them.
 */
export async function openOneOfTwo(written: string, project: Project): Promise<Broker> {
  return createBroker(written, { ...project, isTargetOptional: true }, false);
}

async function createBroker(written: unknown, project: Project, isFromFile: boolean): Promise<Broker> {
  if (isBroker(written)) {
    refuseTarget(project);
    return written;
  }
  if (typeof written === "string") {
    const brokers = namedBrokers(project);
    const named = Object.hasOwn(brokers, written) ? brokers[written] : undefined;
    if (named !== undefined)
      return createBroker(withoutName(named, written), { ...project, cwd: project.folder }, true);
    return openAt(await readAddress(written, "broker", project, Object.keys(brokers)), project, isFromFile);
  }
  if (isKindWithOptions(written)) {
    return openAt(await addressOfKind(written, "broker", project), project, isFromFile);
  }
  throw new ConfigError(
    `${whereIsBroker(project)}broker must be a kind, a key of brokers, a URL or { kind, … }.`,
  );
}

function openAt(address: AdapterAddress<"broker">, project: Project, isFromFile: boolean): Broker {
  const { adapter } = address;
  const options = withTarget(address, project);
  return adapter.createBroker(setupOf({ adapter, options }, folderFor(address, project, isFromFile)));
}

function namedBrokers(project: Project): Readonly<Record<string, unknown>> {
  const { brokers = {} } = project.file?.values ?? {};
  if (typeof brokers === "object" && brokers !== null) return brokers as Readonly<Record<string, unknown>>;
  throw new ConfigError(`${project.file?.where("brokers")}: brokers must be a section of brokers by name.`);
}

/** A name that refers to itself would never end, so `brokers: { sqlite: "sqlite" }` means the kind. */
function withoutName(named: unknown, name: string): unknown {
  return named === name ? { kind: name } : named;
}

function whereIsBroker(project: Project): string {
  return project.file === undefined ? "" : `${project.file.where("broker")}: `;
}

function isBroker(value: unknown): value is Broker {
  return typeof value === "object" && value !== null && "openQueue" in value && "openConsumer" in value;
}

/** Options of a configuration file with the kind that they are for. */
export function isKindWithOptions(value: unknown): value is { readonly kind: string } & AdapterOptions {
  return typeof value === "object" && value !== null && "kind" in value && typeof value.kind === "string";
}

/**
 * Where relative paths start. Paths of the file and defaults start beside the file, typed paths in the working
 * directory.
 */
export function folderFor({ options }: AnyAddress, project: Project, isFromFile: boolean): string {
  return isFromFile || Object.keys(options).length === 0 ? project.folder : project.cwd;
}

/**
 * Adds endpoint and region of flags to the options; flags win. @throws CliError `usage` if the broker has no such
 * option.
 */
function withTarget({ adapter, options }: AnyAddress, { target, isTargetOptional }: Project): AdapterOptions {
  const known: readonly string[] = adapter.targetOptions ?? [];
  const given = givenTarget(target);
  const odd = Object.keys(given).find((name) => !known.includes(name));
  if (odd !== undefined && isTargetOptional) return options;
  if (odd !== undefined) throw new CliError("usage", `--${odd} does not go with the broker ${adapter.kind}.`);
  return { ...options, ...given };
}

/** @throws CliError `usage` when flags name a place, but the app has made its broker itself. */
function refuseTarget({ target, isTargetOptional }: Project): void {
  const [odd] = Object.keys(givenTarget(target));
  if (odd === undefined || isTargetOptional) return;
  throw new CliError("usage", `--${odd} goes with --broker, but the app brings its broker along.`);
}

function givenTarget(target: Project["target"]): { readonly [Name in TargetOption]?: string } {
  return Object.fromEntries(Object.entries(target).filter(([, value]) => value !== undefined));
}
