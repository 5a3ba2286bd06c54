import { spawnSync } from "node:child_process";

/** On Linux a process can have its own disk; without root it also needs a user namespace. */
const NAMESPACE =
  process.getuid?.() === 0 ? ["unshare", "--mount"] : ["unshare", "--user", "--map-root-user", "--mount"];

/** Whether {@link onSmallDisk} works here. */
export const hasSmallDisk = spawnSync(NAMESPACE[0]!, [...NAMESPACE.slice(1), "true"]).status === 0;

/** The prefix of a command that gives it a disk of `megabytes` at `directory`; `prepare` runs there first. */
export function onSmallDisk(directory: string, megabytes: number, prepare = "true"): readonly string[] {
  const mount = `mount -t tmpfs -o size=${megabytes}m tmpfs "${directory}" && ${prepare} && exec "$@"`;
  return [...NAMESPACE, "sh", "-c", mount, "sh"];
}
