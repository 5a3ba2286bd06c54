import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BenchCase, byScale, type Scale } from "../../harness/bench-case.ts";
import { percentile } from "../../harness/spread.ts";
import { JOBS_BIN } from "../../load/jobs-bin.ts";
import { temporaryFolder } from "../../load/temporary-folder.ts";

const APP = fileURLToPath(new URL("./app.js", import.meta.url));

/** Starts Node with an empty program: the least time that any command takes. */
export function bareNode(name: string): BenchCase {
  return command(name, (folder) => {
    writeFileSync(join(folder, "nothing.mjs"), "");
    return ["nothing.mjs"];
  });
}

/** The installed command in a project that has an app in JavaScript and the default broker. */
export function jobsCommand(name: string, args: readonly string[]): BenchCase {
  return command(name, (folder) => {
    writeFileSync(join(folder, "jobs.config.json"), JSON.stringify({ app: APP }));
    return [JOBS_BIN, ...args];
  });
}

function command(name: string, prepare: (folder: string) => readonly string[]): BenchCase {
  return {
    name,
    units: { wall: "ms" },
    async run(scale) {
      const folder = temporaryFolder();
      const args = prepare(folder);
      // The first start fills the system's caches and creates the database.
      wallMs(folder, args);
      return { wall: medianWall(folder, args, scale) };
    },
  };
}

function medianWall(folder: string, args: readonly string[], scale: Scale): number {
  const times = Array.from({ length: byScale(scale, 11, 5) }, () => wallMs(folder, args));
  return percentile(
    times.toSorted((a, b) => a - b),
    0.5,
  );
}

/** @throws Error with what the command printed, when it failed. */
function wallMs(cwd: string, args: readonly string[]): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")}: exit code ${status}.\n${stderr}`);
  return performance.now() - startedAt;
}
