import { ConfigError } from "@jobs/core";
import { installCommand } from "@jobs/core/runtime";
import type { Engine } from "../broker-session.ts";
import { layoutMajor } from "../queue/check-keys.ts";
import { CHECKED_MAJOR } from "../scripts/layout.lua.ts";
import { assertDrivable, DRIVEN_VERSIONS, type LoadedBullmq, majorOf } from "./load-bullmq.ts";

/** What the engine of a queue depends on. */
export interface EngineQuestion {
  readonly queue: string;
  /** The engine that is asked for. */
  readonly engine: Engine;
  /** BullMQ's version in the settings of the queue, such as `bullmq:6.7.0`; '' for none. */
  readonly version: string;
  /** Called when another engine is taken than was asked for. */
  warn(warning: string): void;
  /** Loads BullMQ. */
  load(): Promise<LoadedBullmq>;
}

/**
 * BullMQ where its own scripts are to run, `undefined` for ours. On a layout that they do not know, ours would continue
 * without an error and lose jobs. So BullMQ's own run a queue of another major version.
 * @throws ConfigError when BullMQ is not installed, or as another major version than the queue's, or is too old.
 */
export async function chooseEngine({
  queue,
  engine,
  version,
  warn,
  load,
}: EngineQuestion): Promise<LoadedBullmq | undefined> {
  const major = layoutMajor(version);
  const isKnown = major === undefined || major === CHECKED_MAJOR;
  if (engine === "jobs" && isKnown) return undefined;
  const bullmq = await load().catch((error: unknown) => {
    throw engine === "bullmq" ? error : unknownLayout(queue, major, { cause: error });
  });
  if (major !== undefined && majorOf(bullmq.version) !== major) throw unknownLayout(queue, major, bullmq);
  assertDrivable(bullmq.version);
  if (!isKnown && engine === "jobs") {
    warn(
      `The redis queue "${queue}" is also used by BullMQ ${major}. The scripts of bullmq ${bullmq.version} run it, more slowly: ours know BullMQ ${CHECKED_MAJOR}. Checked was engine "bullmq" with ${DRIVEN_VERSIONS.join(", ")}. Say engine: "bullmq" to choose that yourself.`,
    );
  }
  return bullmq;
}

function unknownLayout(
  queue: string,
  major: string | undefined,
  found: LoadedBullmq | { readonly cause: unknown },
): ConfigError {
  const installed = "version" in found ? `bullmq ${found.version} is installed` : "bullmq is not installed";
  return new ConfigError(
    `redis queue "${queue}" is also used by BullMQ ${major}, and ${installed}; expected bullmq ${major}.`,
    {
      hint: `Install the same major version as the other side: ${installCommand(`bullmq@${major}`)}. Or take another prefix.`,
      ...("cause" in found && { cause: found.cause }),
    },
  );
}
