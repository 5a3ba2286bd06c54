import { type StopCondition, WORKER_SETTINGS } from "@jobs/core";
import type { FlagSettings } from "../project/open-project.ts";
import type { LogSettings } from "./create-logger.ts";
import type { ProbeFlags } from "./probes/open-probes.ts";

/** How a worker is asked for on the command line. */
export interface WorkerFlags extends FlagSettings, LogSettings, ProbeFlags {
  readonly drain: boolean;
  readonly once: boolean;
  readonly "until-idle"?: number | undefined;
  readonly "max-jobs"?: number | undefined;
}

/** When the worker ends by itself; `undefined`: never. The flags exclude each other. */
export function stopCondition(flags: WorkerFlags): StopCondition | undefined {
  if (flags.drain) return { type: "drained" };
  if (flags.once) return { type: "once" };
  const { "until-idle": forMs, "max-jobs": jobs } = flags;
  if (forMs !== undefined) return { type: "idle", forMs };
  return jobs === undefined ? undefined : { type: "settled", jobs };
}

/** The settings among the flags, by written key. */
export function workerSettings(flags: object): Readonly<Record<string, unknown>> {
  const given = Object.values(WORKER_SETTINGS).map(
    ({ key }) => [key, Reflect.get(flags, flagName(key))] as const,
  );
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
