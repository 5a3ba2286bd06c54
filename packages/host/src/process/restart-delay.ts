/** The first and the longest delay before a restart, in ms. */
const FIRST_MS = 200;
const LONGEST_MS = 30_000;

/**
 * The delay before a restart after this many crashes in a row. It doubles each time, since the cause of the crash
 * probably still exists.
 */
export function restartDelayMs(crashes: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(crashes - 1, 30));
}
