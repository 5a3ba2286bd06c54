/** How long to wait for a place after its first crash, and at the most, in ms. */
const FIRST_MS = 200;
const LONGEST_MS = 30_000;

/** How long to wait before a process is started again that has crashed so often in a row. Twice as long each time: whatever makes it crash is likely to be still there. */
export function restartDelayMs(crashes: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(crashes - 1, 30));
}
