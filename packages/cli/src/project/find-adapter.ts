import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError } from "@jobs/core";
import type { AdapterDescriptor, StoreRole } from "@jobs/core/broker";
import { describeThrown, installCommand, readErrorText } from "@jobs/core/runtime";
import { loadModule } from "./load-module.ts";

/** Where adapters come from. */
export interface AdapterSources {
  /** Packages are looked for from here, after those that came with this command; paths start here. */
  readonly folder: string;
  /** Adapters of the user by kind, each as a path or the name of a package. */
  readonly adapters: Readonly<Record<string, string>>;
}

/** An adapter of this family as its manifest describes it: what can be known without loading it. */
interface InstalledAdapter {
  readonly package: string;
  readonly kind: string;
  readonly schemes: readonly string[];
  readonly stores: readonly StoreRole[];
  readonly reach: AdapterDescriptor["reach"];
  /** Whether it describes queues that must exist beforehand. Default: no. */
  readonly hasInfrastructure?: boolean;
}

/** What a kind or a scheme may look like; it becomes a part of a package's name. */
const KIND_FORM = /^[a-z][a-z0-9-]*$/;

/** Packages with this scope hold the adapters of this family. */
const SCOPE = "@jobs";

/**
 * The adapter of a kind, or of a URL's scheme. It is the one in the configuration, else the package named after it,
 * else the installed one whose manifest lists the scheme. `undefined` when there is none.
 * @throws ConfigError when a module of the user cannot be loaded, or a package is no adapter
 */
export async function findAdapter(
  named: string,
  { folder, adapters }: AdapterSources,
): Promise<AdapterDescriptor | undefined> {
  const own = Object.hasOwn(adapters, named) ? adapters[named] : undefined;
  if (own !== undefined) return loadOwn(own, folder);
  if (!KIND_FORM.test(named)) return undefined;
  const name = packageOf(named, folder);
  const loaded = await importIfInstalled(name, folder);
  return loaded === undefined ? undefined : adapterOf(loaded, name);
}

/**
 * A package is named after its kind, so a kind needs no search. Only another scheme needs a search of all manifests.
 */
function packageOf(named: string, folder: string): string {
  const name = adapterPackage(named);
  if (foldersFor(folder).some((packages) => existsSync(join(packages, name)))) return name;
  return installedAdapters(folder).find(({ schemes }) => schemes.includes(named))?.package ?? name;
}

/** The package that has the adapter of a kind. */
export function adapterPackage(kind: string): string {
  return `${SCOPE}/adapter-${kind}`;
}

/** Adapters that are installed beside this command or in the project and have such a store, by name. None of them is loaded. */
export function installedAdapters(folder: string, role?: StoreRole): readonly InstalledAdapter[] {
  const found = new Map<string, InstalledAdapter>();
  for (const packages of foldersFor(folder)) {
    for (const name of namesIn(join(packages, SCOPE))) {
      const adapter = found.has(name) ? undefined : readManifest(packages, `${SCOPE}/${name}`);
      if (adapter !== undefined) found.set(name, adapter);
    }
  }
  const sorted = [...found.values()].sort((one, other) => (one.kind < other.kind ? -1 : 1));
  return role === undefined ? sorted : sorted.filter(({ stores }) => stores.includes(role));
}

/** Where packages are looked for: beside this command, then in the project. */
function foldersFor(folder: string): readonly string[] {
  return [...new Set([...packageFolders(import.meta.dirname), ...packageFolders(folder)])];
}

/** Where packages are looked for from a folder, nearest first. */
function packageFolders(start: string): readonly string[] {
  const above = dirname(start);
  return [join(start, "node_modules"), ...(above === start ? [] : packageFolders(above))];
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** What a manifest says under `jobs`; `undefined` for a package that is no adapter, or cannot be read. */
function readManifest(packages: string, name: string): InstalledAdapter | undefined {
  try {
    const { jobs } = JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8"));
    return jobs === undefined ? undefined : { ...jobs, package: name };
  } catch {
    return undefined;
  }
}

/** An adapter that the configuration names. */
async function loadOwn(written: string, folder: string): Promise<AdapterDescriptor> {
  const isPath = /^\.{0,2}\//.test(written);
  const loaded = isPath
    ? await loadModule(resolve(folder, written), written)
    : await loadPackage(written, folder);
  return adapterOf(loaded, written);
}

function adapterOf(loaded: Readonly<Record<string, unknown>>, name: string): AdapterDescriptor {
  const { adapter } = loaded;
  if (typeof adapter === "object" && adapter !== null && "kind" in adapter && "readUrl" in adapter) {
    return adapter as AdapterDescriptor;
  }
  throw new ConfigError(`${name} exports no adapter.`, {
    hint: "Its module must export an AdapterDescriptor as adapter; a package of jobs must have the version of this command.",
  });
}

/** What a package exports, from beside this command or from the project. @throws ConfigError when it is not installed. */
export async function loadPackage(name: string, folder: string): Promise<Readonly<Record<string, unknown>>> {
  const loaded = await importIfInstalled(name, folder);
  if (loaded !== undefined) return loaded;
  throw new ConfigError(`${name} is not installed.`, { hint: installCommand(name, folder) });
}

/** The project may have an adapter that did not come with this command. */
async function importIfInstalled(
  name: string,
  folder: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    return await import(name);
  } catch (error) {
    if (!isMissing(error, name)) throw error;
  }
  try {
    const path = createRequire(join(folder, "package.json")).resolve(name);
    return await import(pathToFileURL(path).href);
  } catch (error) {
    if (!isMissing(error, name)) throw error;
    return undefined;
  }
}

function isMissing(error: unknown, name: string): boolean {
  const code = readErrorText(error, "code");
  const isNotFound = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
  return isNotFound && describeThrown(error).includes(name);
}
