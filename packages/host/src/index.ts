export { createHost } from "./create-host.ts";
export type * from "./host.ts";
export { type HostedWorker, serveHost } from "./process/serve-host.ts";
export { watchWear } from "./process/watch-wear.ts";
export { createThreads, inThread } from "./thread/in-thread.ts";
export type { ThreadContext, ThreadHandler } from "./thread/thread-handler.ts";
export type { ThreadPoolOptions } from "./thread/thread-pool.ts";
