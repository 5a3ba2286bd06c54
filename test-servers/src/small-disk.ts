import { spawnSync } from "node:child_process";

/** On Linux a process can have its own disk; without root it also needs a user namespace. */
const [UNSHARE, ...FLAGS] =
  process.getuid?.() === 0
    ? (["unshare", "--mount"] as const)
    : (["unshare", "--user", "--map-root-user", "--mount"] as const);

/** Whether {@link onSmallDisk} works here. */
export const hasSmallDisk = spawnSync(UNSHARE, [...FLAGS, "true"]).status === 0;

/** The prefix of a command that gives it a disk of `megabytes` at `directory`; `prepare` runs there first. */
export function onSmallDisk(directory: string, megabytes: number, prepare = "true"): readonly string[] {
  const mount = `mount -t tmpfs -o size=${megabytes}m tmpfs "${directory}" && ${prepare} && exec "$@"`;
  return [UNSHARE, ...FLAGS, "sh", "-c", mount, "sh"];
}
