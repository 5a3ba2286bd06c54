import { join, resolve } from "node:path";
import type { AdapterDescriptor, AdapterSetup } from "@jobs/core/broker";
import { DEFAULT_MAX_MESSAGE_BYTES, sqliteCapabilities } from "./capabilities.ts";
import { sqliteHistory } from "./history/sqlite-history.ts";
import { sqliteResults } from "./results/sqlite-results.ts";
import { sqlite } from "./sqlite.ts";
import { KIND } from "./storage/shared-connection.ts";

/** Describes this package for programs that work with every adapter. The factories check their options. */
export const adapter: AdapterDescriptor = {
  kind: KIND,
  schemes: [KIND],
  reach: "machine",
  limits: sqliteCapabilities(DEFAULT_MAX_MESSAGE_BYTES),
  defaults: { file: join(".jobs", "jobs.db") },
  readUrl: fileOfUrl,
  createBroker: (setup) => sqlite(inFolder(setup)),
  createResults: (setup) => sqliteResults(inFolder(setup)),
  createHistory: (setup) => sqliteHistory(inFolder(setup)),
};

/** The path after `sqlite:`, which may begin with `//` as in other URLs. */
function fileOfUrl(url: string): { readonly file?: string } {
  const file = url.slice(`${KIND}:`.length).replace(/^\/\/(?=\/|\.)/, "");
  return file === "" ? {} : { file };
}

function inFolder({ options, folder }: AdapterSetup): AdapterSetup["options"] & { readonly file: string } {
  return { ...options, file: resolve(folder, String(options.file)) };
}
