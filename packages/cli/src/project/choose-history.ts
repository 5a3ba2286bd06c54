import type { HistoryStore } from "@jobs/core/broker";
import type { AppConfig } from "@jobs/core/config";
import { readAddress, setupOf } from "./adapter-address.ts";
import { DEFAULT_BROKER } from "./choose-broker.ts";
import { chosenStore, writtenStore } from "./choose-store.ts";
import type { Project } from "./open-project.ts";

/** What decides about a history that nothing names. */
export interface HistoryNeeds {
  /** The app's own. */
  readonly own: HistoryStore | undefined;
  /** Whether nothing names a broker either, so that jobs are in the default one. */
  readonly isDefaultBroker: boolean;
}

/**
 * The history that flag, variable or file name. Where nothing names broker and history, it is beside the jobs, so that
 * a first try has something to show. `false`: none, also not the app's own; `undefined`: the app's own, if any.
 */
export async function chooseHistory(
  config: AppConfig,
  project: Project,
  { own, isDefaultBroker }: HistoryNeeds,
): Promise<HistoryStore | false | undefined> {
  if (writtenStore("history", config, project) === "off") return false;
  const chosen = await chosenStore("history", config, project);
  if (chosen?.status === "store") return chosen.store;
  if (chosen !== undefined)
    return chosen.address.adapter.createHistory(setupOf(chosen.address, chosen.folder));
  if (own !== undefined || !isDefaultBroker) return undefined;
  const address = await readAddress(DEFAULT_BROKER, "history", project);
  return address.adapter.createHistory(setupOf(address, project.folder));
}
