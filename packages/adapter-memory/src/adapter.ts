import type { AdapterDescriptor } from "@jobs/core/broker";
import { memoryCapabilities } from "./capabilities.ts";
import { KIND, type MemoryOptions, memory } from "./memory.ts";
import { createMemoryHistory, type MemoryHistoryOptions } from "./memory-history.ts";
import { type MemoryResultsOptions, memoryResults } from "./memory-results.ts";

/** Describes this package for programs that work with every adapter. The factories check their options. */
export const adapter: AdapterDescriptor = {
  kind: KIND,
  schemes: [KIND],
  reach: "process",
  limits: memoryCapabilities(),
  // Memory has no address: the factories refuse the option.
  readUrl: (url) => ({ url }),
  createBroker: ({ options }) => memory(options as MemoryOptions),
  createResults: ({ options }) => memoryResults(options as MemoryResultsOptions),
  createHistory: ({ options }) => createMemoryHistory(options as MemoryHistoryOptions),
};
