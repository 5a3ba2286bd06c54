import { ConfigError } from "@jobs/core";
import type { AdapterOptions, ResultStore, StoreSchema } from "@jobs/core/broker";
import type { AppConfig } from "@jobs/core/config";
import { CliError } from "../output/cli-error.ts";
import { type AdapterAddress, addressOfKind, readAddress, setupOf } from "./adapter-address.ts";
import { folderFor, isKindWithOptions } from "./choose-broker.ts";
import type { Project } from "./open-project.ts";

/** The chosen results: a store that the file has made, or the address of one. */
type ChosenResults =
  | { readonly status: "store"; readonly store: ResultStore }
  | { readonly status: "address"; readonly address: AdapterAddress<"results">; readonly folder: string };

/** The result store asked for by flag, variable or file; `undefined`: the app keeps its own, if any. */
export async function chooseResults(config: AppConfig, project: Project): Promise<ResultStore | undefined> {
  const chosen = await chosenResults(config, project);
  if (chosen === undefined) return undefined;
  if (chosen.status === "store") return chosen.store;
  const { address, folder } = chosen;
  return address.adapter.createResults(setupOf(address, folder));
}

/**
 * The tables of the chosen result store and its options. Does not open the store.
 * @throws CliError `usage` when results are kept elsewhere, or nowhere
 */
export async function chosenSchema(
  config: AppConfig,
  project: Project,
): Promise<{ readonly schema: StoreSchema; readonly options: AdapterOptions }> {
  const chosen = await chosenResults(config, project);
  const schema = chosen?.status === "address" ? chosen.address.adapter.schema : undefined;
  if (chosen?.status === "address" && schema !== undefined)
    return { schema, options: chosen.address.options };
  throw new CliError(
    "usage",
    "the configuration names no results in a database whose tables could be made.",
    {
      hint: "Name one: --results postgres://owner:password@host/database, JOBS_RESULTS, or results in the configuration file.",
    },
  );
}

async function chosenResults(config: AppConfig, project: Project): Promise<ChosenResults | undefined> {
  const { value, layer } = config.explain("results");
  const isFromFile = layer === "file";
  const written = isFromFile ? project.file?.values.results : value;
  if (written === undefined) return undefined;
  if (isStore(written)) return { status: "store", store: written };
  const address = await addressOf(written, project);
  return { status: "address", address, folder: folderFor(address, project, isFromFile) };
}

async function addressOf(written: unknown, project: Project): Promise<AdapterAddress<"results">> {
  if (typeof written === "string") return readAddress(written, "results", project);
  if (isKindWithOptions(written)) return addressOfKind(written, "results", project);
  const where = project.file === undefined ? "" : `${project.file.where("results")}: `;
  throw new ConfigError(`${where}results must be a kind, a URL, { kind, … } or a result store.`);
}

function isStore(value: unknown): value is ResultStore {
  return typeof value === "object" && value !== null && "put" in value && "prune" in value;
}
