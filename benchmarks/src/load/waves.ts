/** Concurrent callers of a busy server. */
const WAVE = 1_000;

/** Sends `jobs` jobs, a thousand concurrent calls at a time. */
export async function inWaves(jobs: number, send: () => Promise<unknown>): Promise<void> {
  for (let sent = 0; sent < jobs; sent += WAVE) {
    await Promise.all(Array.from({ length: Math.min(WAVE, jobs - sent) }, send));
  }
}
