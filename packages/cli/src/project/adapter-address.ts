import { ConfigError } from "@jobs/core";
import type { AdapterDescriptor, AdapterOptions, AdapterSetup, StoreRole } from "@jobs/core/broker";
import { didYouMean, installCommand } from "@jobs/core/runtime";
import { warn } from "../output/warn.ts";
import { type AdapterSources, adapterPackage, findAdapter, installedAdapters } from "./find-adapter.ts";

/** How an adapter makes each store. */
interface Factories {
  readonly broker: "createBroker";
  readonly results: "createResults";
  readonly history: "createHistory";
}

/** An adapter that has the store of this role. */
type AdapterWith<Role extends StoreRole> = AdapterDescriptor &
  Required<Pick<AdapterDescriptor, Factories[Role]>>;

/** A store of any role: its adapter and options. */
export interface AnyAddress {
  readonly adapter: AdapterDescriptor;
  /** What stood behind the scheme of a URL, or the options of the configuration file. */
  readonly options: AdapterOptions;
}

/** A store of one role, which the adapter has. */
export interface AdapterAddress<Role extends StoreRole> extends AnyAddress {
  readonly adapter: AdapterWith<Role>;
}

/** `scheme:rest`; `//` may follow, as people write it. */
const URL_FORM = /^(?<scheme>[a-z][a-z0-9+.-]*):(?<rest>.*)$/;

/** Another text may be a mistyped URL with a password, so messages do not quote it. */
const PLAIN_NAME = /^[\w-]+$/;

const FACTORIES: Factories = {
  broker: "createBroker",
  results: "createResults",
  history: "createHistory",
};

/** What messages call a store. */
const NOUNS: Readonly<Record<StoreRole, string>> = {
  broker: "broker",
  results: "result store",
  history: "history store",
};

/**
 * Finds the store that a text names, by URL or kind. `names` are the user's own names of stores, for a hint.
 * @throws ConfigError that quotes no URL, since URLs hold passwords.
 */
export async function readAddress<Role extends StoreRole>(
  written: string,
  role: Role,
  sources: AdapterSources,
  names: readonly string[] = [],
): Promise<AdapterAddress<Role>> {
  const { scheme, rest = "" } = URL_FORM.exec(written)?.groups ?? {};
  const adapter = await findAdapter(scheme ?? written, sources);
  if (adapter === undefined || (scheme === undefined && isSchemeOnly(written, adapter, sources))) {
    throw unknownStore(written, scheme, role, { ...sources, names });
  }
  if (!hasStore(adapter, role)) {
    const able = installedAdapters(sources.folder, role).map(({ kind }) => kind);
    throw new ConfigError(`${adapter.kind} is no ${NOUNS[role]}.`, {
      hint: `Use one of ${able.join(", ")}.`,
    });
  }
  return { adapter, options: rest === "" ? {} : adapter.readUrl(written) };
}

function hasStore<Role extends StoreRole>(
  adapter: AdapterDescriptor,
  role: Role,
): adapter is AdapterWith<Role> {
  return adapter[FACTORIES[role]] !== undefined;
}

/** `rediss` and `https` begin a URL. They have no meaning alone. */
function isSchemeOnly(written: string, { kind }: AdapterDescriptor, { adapters }: AdapterSources): boolean {
  return written !== kind && !Object.hasOwn(adapters, written);
}

/** The store of `{ kind, … }`. @throws ConfigError when there is no such kind, or it has no such store. */
export async function addressOfKind<Role extends StoreRole>(
  { kind, ...options }: { readonly kind: string } & AdapterOptions,
  role: Role,
  sources: AdapterSources,
): Promise<AdapterAddress<Role>> {
  const { adapter } = await readAddress(PLAIN_NAME.test(kind) ? kind : "", role, sources);
  return { adapter, options };
}

/** What an adapter needs to make a store. Its warnings go to stderr. */
export function setupOf({ adapter, options }: AnyAddress, folder: string): AdapterSetup {
  return { options: { ...adapter.defaults, ...options }, folder, warn };
}

function unknownStore(
  written: string,
  scheme: string | undefined,
  role: StoreRole,
  { folder, adapters, names }: AdapterSources & { readonly names: readonly string[] },
): ConfigError {
  const noun = NOUNS[role];
  const installed = installedAdapters(folder, role);
  const own = Object.keys(adapters);
  if (scheme !== undefined || !PLAIN_NAME.test(written)) {
    const schemes = [...own, ...installed.flatMap((adapter) => adapter.schemes)];
    return new ConfigError(`there is no ${noun} of that name.`, {
      hint: `A URL starts with one of ${schemes.map((one) => `${one}:`).join(" ")}. ${needsPackage(role, "…", folder)}`,
    });
  }
  const known = [...names, ...own, ...installed.map(({ kind }) => kind)].filter((one) => one !== written);
  const suggestion = didYouMean(written, known);
  return new ConfigError(`there is no ${noun} "${written}".`, {
    hint:
      suggestion === undefined
        ? `Known: ${known.join(", ")}. ${needsPackage(role, written, folder)}`
        : `Did you mean ${suggestion}?`,
  });
}

/** Packages that keep only results have names of another form. */
function needsPackage(role: StoreRole, kind: string, folder: string): string {
  const install = installCommand(adapterPackage(kind), folder);
  const keeper = role === "broker" ? "" : `${installCommand(`@jobs/results-${kind}`, folder)} or `;
  return `Another needs its package: ${keeper}${install}`;
}
