import { createRequire } from "node:module";
import { ConfigError } from "@jobs/core";
import type { JobJson, Worker, WorkerOptions } from "bullmq";

/** The package, loaded when an engine or a queue first needs it. */
export interface LoadedBullmq {
  readonly module: typeof import("bullmq");
  /** `6.7.0`. */
  readonly version: string;
}

/** The oldest major version that this engine can drive: older classes have no `getBackend`. */
export const DRIVEN_MAJOR = 6;

let loading: Promise<LoadedBullmq> | undefined;

/**
 * BullMQ as it is installed beside this package, loaded once.
 * @throws ConfigError when it is not installed, or too old to be driven.
 */
export function loadBullmq(): Promise<LoadedBullmq> {
  loading ??= load().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<LoadedBullmq> {
  let module: typeof import("bullmq");
  let version: string;
  try {
    ({ version } = createRequire(import.meta.url)("bullmq/package.json") as { readonly version: string });
    module = await import("bullmq");
  } catch (error) {
    throw new ConfigError('the engine "bullmq" needs the package bullmq, which cannot be loaded.', {
      hint: "Install it beside @jobs/adapter-redis: npm install bullmq",
      cause: error,
    });
  }
  if (Number(majorOf(version)) < DRIVEN_MAJOR) {
    throw new ConfigError(
      `the engine "bullmq" cannot drive bullmq ${version}; expected ${DRIVEN_MAJOR}.0.0 or newer.`,
      { hint: "Install a newer one: npm install bullmq@latest" },
    );
  }
  return { module, version };
}

/** `6` of `6.7.0`. */
export function majorOf(version: string): string {
  return version.split(".", 1)[0] ?? "";
}

/** A worker of BullMQ that runs no job, in pull mode: it has no loop, and no connection of its own. */
export type LeaseWorker = Worker & {
  /** Stores the next run of the job scheduler to which a received job belongs. */
  scheduleNext(job: JobJson, storedId: string, token: string): Promise<void>;
};

/** Makes a worker on a connection that it never closes. */
export function createLeaseWorker(
  { Worker: BullWorker, createRedisBackend }: typeof import("bullmq"),
  queue: string,
  options: WorkerOptions,
): LeaseWorker {
  class PullWorker extends BullWorker {
    async scheduleNext(job: JobJson, storedId: string, token: string): Promise<void> {
      await this.nextJobFromJobData(job, storedId, token);
    }
  }
  // This adapter waits itself, so the worker gets a backend without a connection for waiting.
  const worker = new PullWorker(queue, null, { ...options, autorun: false }, (name, given) =>
    createRedisBackend(name, given, {}),
  );
  worker.on("error", () => {});
  return worker;
}
