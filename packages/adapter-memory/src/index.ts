export { adapter } from "./adapter.ts";
export type { NarrowedCapabilities } from "./capabilities.ts";
export { type MemoryOptions, memory } from "./memory.ts";
export { createMemoryCoordination } from "./memory-coordination.ts";
export {
  createMemoryHistory,
  createMemoryHistoryData,
  type MemoryHistoryData,
  type MemoryHistoryOptions,
} from "./memory-history.ts";
export { MemoryResults, type MemoryResultsOptions, memoryResults } from "./memory-results.ts";
export { createMemoryStorage, type MemoryStorage } from "./memory-storage.ts";
