import { ConfigError } from "@jobs/core";
import type { ResultStore } from "@jobs/core/broker";
import type { AppConfig } from "@jobs/core/config";
import { type BrokerAddress, openResults } from "./adapters.ts";
import type { Project } from "./open-project.ts";
import { resultsAddress } from "./results-address.ts";

/** What was asked for: a store that the file made itself, or where one is. */
export type ChosenResults =
  | { readonly status: "store"; readonly store: ResultStore }
  | { readonly status: "address"; readonly address: BrokerAddress; readonly folder: string };

/** The result store asked for by flag, variable or file; `undefined`: the app keeps its own, if any. */
export async function chooseResults(config: AppConfig, project: Project): Promise<ResultStore | undefined> {
  const chosen = chosenResults(config, project);
  if (chosen === undefined) return undefined;
  return chosen.status === "store" ? chosen.store : openResults(chosen.address, chosen);
}

/** What was asked for, not opened yet; `undefined` when nobody asked. @throws ConfigError that quotes no URL */
export function chosenResults(config: AppConfig, project: Project): ChosenResults | undefined {
  const { value, layer } = config.explain("results");
  const isFromFile = layer === "file";
  const written = isFromFile ? project.file?.values.results : value;
  if (written === undefined) return undefined;
  if (isStore(written)) return { status: "store", store: written };
  // Paths in the file start beside it; so does the default file. Paths typed by hand start where they were typed.
  const folder = isFromFile || written === "sqlite" ? project.folder : project.cwd;
  return { status: "address", address: addressOf(written, project), folder };
}

function addressOf(written: unknown, project: Project): BrokerAddress {
  if (typeof written === "string") return resultsAddress(written);
  if (typeof written === "object" && written !== null && "kind" in written) {
    const { kind, ...options } = written;
    if (typeof kind === "string") return { kind, options };
  }
  const place = project.file === undefined ? "" : `${project.file.where("results")}: `;
  throw new ConfigError(`${place}results must be a kind, a URL, { kind, … } or a result store.`);
}

function isStore(value: unknown): value is ResultStore {
  return typeof value === "object" && value !== null && "put" in value && "prune" in value;
}
