import { utimesSync, watch } from "node:fs";
import { type Cancel, keepAliveClock } from "@jobs/core/runtime";

/** A commit counts once the disk has it: within a ms on most, within this on slow ones; later ones are left to the poll. */
const LONGEST_COMMIT_MS = 40;

/**
 * Calls `ask` while another process commits, where the system can tell. It tells when the log is written, a moment
 * before the commit counts, so `ask` is called again at growing intervals until it answers that something changed.
 * A hint only: there may be no watches left, or a file system without them. Call the result to stop.
 */
export function watchLog(path: string, ask: () => boolean): () => void {
  let cancelAsk: Cancel = () => {};
  const askFrom = (delayMs: number) => {
    cancelAsk();
    cancelAsk = keepAliveClock.schedule(delayMs, () => {
      if (!ask() && delayMs < LONGEST_COMMIT_MS) askFrom(delayMs * 2);
    });
  };
  const stopWatching = watchFile(path, () => {
    if (!ask()) askFrom(1);
  });
  return () => {
    cancelAsk();
    stopWatching();
  };
}

/** Makes the system tell of a write, where it can, without writing anything. */
export function touchLog(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Then the log is looked at as if the system told nothing.
  }
}

function watchFile(path: string, onWrite: () => void): () => void {
  try {
    const watcher = watch(path, onWrite);
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}
