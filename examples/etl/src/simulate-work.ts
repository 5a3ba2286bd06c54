import { setTimeout as sleep } from "node:timers/promises";
import type { JobContext } from "@jobs/core";
import { type Random, seededRandom } from "@jobs/core/testing";
import type { Settings } from "./settings.ts";

/** One run of one record. */
export interface RunOfRecord {
  readonly id: string;
  /** From 1. */
  readonly attempt: number;
}

/** Takes up to PROCESSING_TIME, then fails in FAILURE_RATE of a hundred cases, as the services behind a real pipeline do. */
export async function simulateWork(settings: Settings, ctx: JobContext): Promise<void> {
  const { durationMs, isFailure } = fateOf(settings, ctx);
  await sleep(durationMs, undefined, { signal: ctx.signal });
  if (isFailure) throw new Error("the record could not be processed this time");
}

/** What happens to a run, drawn for this very run: whichever process has it, and whenever, it is the same. */
export function fateOf(
  { seed, processingMs, failurePercent }: Settings,
  { id, attempt }: RunOfRecord,
): { readonly durationMs: number; readonly isFailure: boolean } {
  const random = randomOf(`${seed}/${id}/${attempt}`);
  return { durationMs: random() * processingMs, isFailure: random() * 100 < failurePercent };
}

/** How long a record waits before it is handed out for the first time: up to DELAY_TIME, drawn for this very record. */
export function handOutDelay({ seed, delayMs }: Pick<Settings, "seed" | "delayMs">, id: string): number {
  return Math.round(randomOf(`${seed}/${id}/delay`)() * delayMs);
}

/** A generator of its own for every text (FNV-1a makes the seed). */
function randomOf(text: string): Random {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return seededRandom(hash);
}
