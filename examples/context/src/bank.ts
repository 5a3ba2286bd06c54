import { setTimeout } from "node:timers/promises";

/** Longer than any job may take. */
const NEVER_MS = 60_000;

/** A bank whose answer depends on the card: `good`, `declined`, or `silent`, which gets no answer. */
export async function charge(card: string, signal: AbortSignal): Promise<void> {
  if (card === "silent") await setTimeout(NEVER_MS, undefined, { signal });
  if (card === "declined") throw new Error("the card was declined");
}
