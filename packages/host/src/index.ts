export { createHost } from "./create-host.ts";
export type * from "./host.ts";
export { watchRecycleLimits } from "./process/recycle-limits.ts";
export { type HostedWorker, serveHost } from "./process/serve-host.ts";
export { createThreads, runInThread } from "./thread/run-in-thread.ts";
export type { ThreadContext, ThreadHandler } from "./thread/thread-messages.ts";
export type { ThreadPoolOptions } from "./thread/thread-pool.ts";
