import { ConfigError } from "@jobs/core";
import type { HistoryStore, ResultStore } from "@jobs/core/broker";
import type { AppConfig } from "@jobs/core/config";
import { type AdapterAddress, addressOfKind, readAddress } from "./adapter-address.ts";
import { folderFor, isKindWithOptions } from "./choose-broker.ts";
import type { Project } from "./open-project.ts";

/** The stores beside the broker, by the setting that names them. */
interface Stores {
  readonly results: ResultStore;
  readonly history: HistoryStore;
}

/** The chosen store: one that the file has made, or the address of one. */
export type ChosenStore<Role extends keyof Stores> =
  | { readonly status: "store"; readonly store: Stores[Role] }
  | { readonly status: "address"; readonly address: AdapterAddress<Role>; readonly folder: string };

/** Two methods that tell each store from other objects. */
const METHODS: Readonly<Record<keyof Stores, readonly [string, string]>> = {
  results: ["put", "prune"],
  history: ["write", "timeline"],
};

/** What messages call a store. */
const NOUNS: Readonly<Record<keyof Stores, string>> = {
  results: "result store",
  history: "history store",
};

/** What flag, variable or file name as the store; `undefined`: nothing. It is as written, so not opened. */
export function writtenStore(role: keyof Stores, config: AppConfig, project: Project): unknown {
  const { value, layer } = config.explain(role);
  return layer === "file" ? project.file?.values[role] : value;
}

/** The store that flag, variable or file name; `undefined`: none. @throws ConfigError */
export async function chosenStore<Role extends keyof Stores>(
  role: Role,
  config: AppConfig,
  project: Project,
): Promise<ChosenStore<Role> | undefined> {
  const written = writtenStore(role, config, project);
  if (written === undefined) return undefined;
  if (isStore(written, role)) return { status: "store", store: written };
  const address = await addressOf(written, role, project);
  const isFromFile = config.explain(role).layer === "file";
  return { status: "address", address, folder: folderFor(address, project, isFromFile) };
}

async function addressOf<Role extends keyof Stores>(
  written: unknown,
  role: Role,
  project: Project,
): Promise<AdapterAddress<Role>> {
  if (typeof written === "string") return readAddress(written, role, project);
  if (isKindWithOptions(written)) return addressOfKind(written, role, project);
  const where = project.file === undefined ? "" : `${project.file.where(role)}: `;
  throw new ConfigError(`${where}${role} must be a kind, a URL, { kind, … } or a ${NOUNS[role]}.`);
}

function isStore<Role extends keyof Stores>(value: unknown, role: Role): value is Stores[Role] {
  return typeof value === "object" && value !== null && METHODS[role].every((method) => method in value);
}
