import type { ChildProcess } from "node:child_process";

/** The address of the first server that a worker says it listens on. */
export function listening(worker: ChildProcess): Promise<string> {
  let heard = "";
  return new Promise((resolve, reject) => {
    worker.stderr?.on("data", (chunk) => {
      heard += chunk;
      const url = /(?:"url":"| at )http:\/\/127\.0\.0\.1:(\d+)/.exec(heard)?.[1];
      if (url !== undefined) resolve(`http://127.0.0.1:${url}`);
    });
    worker.once("close", () => reject(new Error(`ended without listening: ${heard}`)));
  });
}
