import type { AdapterDescriptor } from "@jobs/core/broker";
import { memoryCapabilities } from "./capabilities.ts";
import { KIND, type MemoryOptions, memory } from "./memory.ts";
import { type MemoryResultsOptions, memoryResults } from "./memory-results.ts";

/** What this package has, for programs that work with every adapter. The factories check the options that they get. */
export const adapter: AdapterDescriptor = {
  kind: KIND,
  schemes: [KIND],
  reach: "process",
  limits: memoryCapabilities(),
  // There is no place to name: the factories refuse the option.
  readUrl: (url) => ({ url }),
  createBroker: ({ options }) => memory(options as MemoryOptions),
  createResults: ({ options }) => memoryResults(options as MemoryResultsOptions),
};
