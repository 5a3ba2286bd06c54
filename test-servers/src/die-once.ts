import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Kills this process as by `kill -9`, unless one of that name has died here before. The folder keeps who has.
 * @param name a part of a file's name, such as the id of a job
 */
export function dieOnce(folder: string, name: string): void {
  const mark = join(folder, `died-${name}`);
  if (existsSync(mark)) return;
  writeFileSync(mark, "");
  process.kill(process.pid, "SIGKILL");
}
