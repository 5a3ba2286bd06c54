import { setTimeout } from "node:timers/promises";

/** Longer than any job may take. */
const NEVER_MS = 60_000;

/** A bank that answers as the card says: `good`, `declined`, or `silent`, which is no answer at all. */
export async function charge(card: string, signal: AbortSignal): Promise<void> {
  if (card === "silent") await setTimeout(NEVER_MS, undefined, { signal });
  if (card === "declined") throw new Error("the card was declined");
}
