import type { AdapterDescriptor } from "@jobs/core/broker";
import { DEFAULT_MAX_MESSAGE_BYTES, postgresCapabilities } from "./capabilities.ts";
import { KIND } from "./connection/postgres-fault.ts";
import { postgresHistory } from "./history/postgres-history.ts";
import { postgres } from "./postgres.ts";
import { postgresResults } from "./results/postgres-results.ts";

/** Describes this package for programs that work with every adapter. The factories check their options. */
export const adapter: AdapterDescriptor = {
  kind: KIND,
  schemes: [KIND, "postgresql"],
  reach: "network",
  limits: postgresCapabilities(DEFAULT_MAX_MESSAGE_BYTES),
  readUrl: (url) => ({ url }),
  createBroker: ({ options }) => postgres(options),
  createResults: ({ options }) => postgresResults(options),
  createHistory: ({ options }) => postgresHistory(options),
};
