import type { AdapterOptions, ResultStore, StoreSchema } from "@jobs/core/broker";
import type { AppConfig } from "@jobs/core/config";
import { CliError } from "../output/cli-error.ts";
import { setupOf } from "./adapter-address.ts";
import { chosenStore } from "./choose-store.ts";
import type { Project } from "./open-project.ts";

/** The result store asked for by flag, variable or file; `undefined`: the app keeps its own, if any. */
export async function chooseResults(config: AppConfig, project: Project): Promise<ResultStore | undefined> {
  const chosen = await chosenStore("results", config, project);
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
  const chosen = await chosenStore("results", config, project);
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
