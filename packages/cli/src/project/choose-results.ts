import type { ResultStore } from "@jobs/core/broker";
import type { AppConfig } from "@jobs/core/config";
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
