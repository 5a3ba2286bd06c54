import { watch } from "node:fs";

/**
 * Calls back when the file is written, where the system can tell; a hint only: it may come late, twice or never
 * (no watches left, a file system without them). Call the result to stop.
 */
export function watchFile(path: string, onWrite: () => void): () => void {
  try {
    const watcher = watch(path, onWrite);
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}
