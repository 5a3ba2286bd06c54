import { setTimeout as sleep } from "node:timers/promises";
import type { JobContext } from "@jobs/core";
import { type Random, seededRandom } from "@jobs/core/testing";
import type { Settings } from "./settings.ts";

/** One run of one record. */
export interface RunOfRecord {
  readonly id: string;
  /** Counted from 1. */
  readonly attempt: number;
}

/**
 * Takes up to PROCESSING_TIME, then fails in FAILURE_RATE percent of the runs, like the services behind a real
 * pipeline.
 */
export async function simulateWork(settings: Settings, ctx: JobContext): Promise<void> {
  const { durationMs, isFailure } = fateOf(settings, ctx);
  await sleep(durationMs, undefined, { signal: ctx.signal });
  if (isFailure) throw new Error("the record could not be processed this time");
}

/** The random outcome of one run. It is the same in every process and at any time. */
export function fateOf(
  { seed, processingMs, failurePercent }: Settings,
  { id, attempt }: RunOfRecord,
): { readonly durationMs: number; readonly isFailure: boolean } {
  const random = randomOf(`${seed}/${id}/${attempt}`);
  return { durationMs: random() * processingMs, isFailure: random() * 100 < failurePercent };
}

/** The random delay of a record before its first run, up to DELAY_TIME. It is always the same for the same record. */
export function handOutDelay({ seed, delayMs }: Pick<Settings, "seed" | "delayMs">, id: string): number {
  return Math.round(randomOf(`${seed}/${id}/delay`)() * delayMs);
}

/** A random generator for each text; FNV-1a makes its seed. */
function randomOf(text: string): Random {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return seededRandom(hash);
}
