import { sleep, systemClock } from "@jobs/core";
import { NO_TURN, type Turn } from "./turn.ts";

/** How long after the abort a receive still hopes for the answer to what it has asked, in ms. */
const LAST_HOPE_MS = 300;

/**
 * A turn, until shortly after `ended` aborts: what gets no answer then is left, `onLeft` is told, and leases that it may
 * have taken expire.
 */
export async function unlessAbandoned(
  turn: Promise<Turn>,
  ended: AbortSignal,
  onLeft: () => void,
): Promise<Turn> {
  const isDone = new AbortController();
  const abandoned = new Promise<Turn>((resolve) => {
    const leave = () => {
      if (isDone.signal.aborted) return;
      onLeft();
      resolve(NO_TURN);
    };
    const abandon = () => void sleep(systemClock, LAST_HOPE_MS, isDone.signal).then(leave);
    ended.addEventListener("abort", abandon, { once: true, signal: isDone.signal });
  });
  try {
    return await Promise.race([turn, abandoned]);
  } catch (error) {
    if (ended.aborted) return NO_TURN;
    throw error;
  } finally {
    isDone.abort();
  }
}
