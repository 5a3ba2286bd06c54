import { type App, ConfigError } from "@jobs/core";
import type { AdapterOptions, ResultStore, StoreSchema } from "@jobs/core/broker";
import { CliError } from "../output/cli-error.ts";
import { type AdapterAddress, addressOfKind, readAddress, setupOf } from "./adapter-address.ts";
import { folderFor, isKindWithOptions } from "./choose-broker.ts";
import type { Project } from "./open-project.ts";

/** What was asked for: a store that the file made itself, or where one is. */
type ChosenResults =
  | { readonly status: "store"; readonly store: ResultStore }
  | { readonly status: "address"; readonly address: AdapterAddress<"results">; readonly folder: string };

/** Gives the app the result store asked for by flag, variable or file; without one it keeps its own, if any. */
export async function supplyResults(app: App, project: Project): Promise<void> {
  const chosen = await chosenResults(app, project);
  if (chosen === undefined) return;
  if (chosen.status === "store") return app.configure({ results: chosen.store });
  const { address, folder } = chosen;
  app.configure({ results: address.adapter.createResults(setupOf(address, folder)) });
}

/**
 * The tables of the result store that was asked for, which is not opened, and what it would be opened with.
 * @throws CliError `usage` when results are kept elsewhere, or nowhere
 */
export async function chosenSchema(
  app: App,
  project: Project,
): Promise<{ readonly schema: StoreSchema; readonly options: AdapterOptions }> {
  const chosen = await chosenResults(app, project);
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

async function chosenResults(app: App, project: Project): Promise<ChosenResults | undefined> {
  const { value, layer } = app.config.explain("results");
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
  const place = project.file === undefined ? "" : `${project.file.where("results")}: `;
  throw new ConfigError(`${place}results must be a kind, a URL, { kind, … } or a result store.`);
}

function isStore(value: unknown): value is ResultStore {
  return typeof value === "object" && value !== null && "put" in value && "prune" in value;
}
