import { utimesSync, watch } from "node:fs";
import { type Cancel, keepAliveClock } from "@jobs/core/runtime";

/** The time until a commit is on the disk: a ms on most, up to this on slow ones. The poll finds later ones. */
const LONGEST_COMMIT_MS = 40;

/**
 * Calls `ask` when another process commits, where the system reports writes. It reports the write of the log, shortly
 * before the commit is visible. So `ask` is called again at growing intervals until it returns true. This is only a
 * hint: there may be no watches left, or the file system may have none. Call the result to stop.
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

/** Makes the system report a write without writing anything. */
export function touchLog(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Then the log is polled as if the system reported nothing.
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
