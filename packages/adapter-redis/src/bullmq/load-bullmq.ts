import { createRequire } from "node:module";
import { ConfigError } from "@jobs/core";
import { installCommand } from "@jobs/core/runtime";
import { bullmq5Classes } from "./bullmq-5-classes.ts";
import { type BullmqClasses, bullmq6Classes } from "./bullmq-classes.ts";

/** The package, loaded when an engine or a queue first needs it. */
export interface LoadedBullmq {
  readonly classes: BullmqClasses;
  /** `6.7.0`. */
  readonly version: string;
}

/** The versions that the tests of this engine run on. An older one than the first lacks operations, or was not tried. */
export const DRIVEN_VERSIONS: readonly [oldest: string, ...others: string[]] = ["5.81.5", "6.0.11", "6.7.0"];

let loading: Promise<LoadedBullmq> | undefined;

/**
 * BullMQ as it is installed beside this package, loaded once.
 * @throws ConfigError when it is not installed.
 */
export function loadBullmq(): Promise<LoadedBullmq> {
  loading ??= load().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<LoadedBullmq> {
  let module: unknown;
  let version: string;
  try {
    ({ version } = createRequire(import.meta.url)("bullmq/package.json") as { readonly version: string });
    module = await import("bullmq");
  } catch (error) {
    throw new ConfigError('the engine "bullmq" needs the package bullmq, which cannot be loaded.', {
      hint: `Install it beside @jobs/adapter-redis: ${installCommand("bullmq")}`,
      cause: error,
    });
  }
  return driveBullmq(module, version);
}

/** A loaded package of BullMQ, with its classes as this engine uses them. */
export function driveBullmq(module: unknown, version: string): LoadedBullmq {
  const classes =
    majorOf(version) === "5"
      ? bullmq5Classes(module as typeof import("bullmq-5"))
      : bullmq6Classes(module as typeof import("bullmq"));
  return { classes, version };
}

/**
 * Refuses a package that is older than the engine was tried with.
 * @throws ConfigError
 */
export function assertDrivable(version: string): void {
  const [oldest] = DRIVEN_VERSIONS;
  const [found, least] = [version, oldest].map((text) => text.split(".").map(Number));
  const position = least?.findIndex((part, index) => part !== found?.[index]) ?? -1;
  if (position === -1 || (found?.[position] ?? 0) > (least?.[position] ?? 0)) return;
  const wanted = majorOf(version) === majorOf(oldest) ? majorOf(oldest) : "latest";
  throw new ConfigError(`the engine "bullmq" cannot drive bullmq ${version}; expected ${oldest} or newer.`, {
    hint: `Install a newer one: ${installCommand(`bullmq@${wanted}`)}`,
  });
}

/** `6` of `6.7.0`. */
export function majorOf(version: string): string {
  return version.split(".", 1)[0] ?? "";
}
