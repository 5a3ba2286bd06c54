import { WORKER_SETTINGS } from "@jobs/core/config";
import type { StopCondition } from "@jobs/core/runtime";
import type { WearLimits } from "@jobs/host";
import { type FlagSettings, flagName } from "../project/open-project.ts";
import type { LogSettings } from "./create-logger.ts";
import type { ProbeFlags } from "./probes/open-probes.ts";

/** How a worker is asked for on the command line. */
export interface WorkerFlags extends FlagSettings, LogSettings, ProbeFlags {
  readonly drain: boolean;
  readonly once: boolean;
  readonly "until-idle"?: number | undefined;
  readonly "max-jobs"?: number | undefined;
  /** In MiB. */
  readonly "max-memory"?: number | undefined;
  /** In ms. */
  readonly "max-time"?: number | undefined;
  /** Whether this process is one of a host's, which sees to its limits. */
  readonly hosted?: boolean | undefined;
}

/** When the worker ends by itself; `undefined`: never. The flags exclude each other. */
export function stopCondition(flags: WorkerFlags): StopCondition | undefined {
  if (flags.drain) return { type: "drained" };
  if (flags.once) return { type: "once" };
  const { "until-idle": forMs, "max-jobs": jobs } = flags;
  if (forMs !== undefined) return { type: "idle", forMs };
  return jobs === undefined || flags.hosted ? undefined : { type: "settled", jobs };
}

/** Limits of the process. The limit of jobs ends a single worker itself, exactly at that job. */
export function wearLimits(flags: WorkerFlags): WearLimits {
  const { "max-jobs": maxJobs, "max-memory": mebibytes, "max-time": maxAgeMs, hosted } = flags;
  const maxMemoryBytes = mebibytes === undefined ? undefined : mebibytes * 2 ** 20;
  return { maxJobs: hosted ? maxJobs : undefined, maxMemoryBytes, maxAgeMs };
}

/** The settings among the flags, by written key. */
export function workerSettings(flags: object): Readonly<Record<string, unknown>> {
  const given = Object.values(WORKER_SETTINGS).map(
    ({ key }) => [key, Reflect.get(flags, flagName(key))] as const,
  );
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
