import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../load/temporary-folder.ts";

const STAGE_PROCESS = fileURLToPath(new URL("job-stage-process.js", import.meta.url));

/**
 * The engine compiles and collects garbage in the main thread, and its seeds are fixed: so two runs do the same. The
 * young generation is so large that nothing is collected while allocations are counted.
 */
const STEADY = [
  "--expose-gc",
  "--single-threaded",
  "--hash-seed=1",
  "--random-seed=1",
  "--min-semi-space-size=64",
  "--max-semi-space-size=64",
];

/** Counts instructions only; the engine writes code that it runs, which valgrind has to be told. */
const VALGRIND = ["--tool=exp-bbv", "--instr-count-only=yes", "--smc-check=all-non-file"];

/** Of the first thread, which does all the work. */
const TOTAL = /Total instructions: (\d+)/;

/** How many instructions a stage takes for one more job. @throws Error without valgrind, or where the stage fails */
export function countInstructions(stage: string, jobs: number): number {
  const twice = instructionsOf(stage, 2 * jobs);
  return (twice - instructionsOf(stage, jobs)) / jobs;
}

function instructionsOf(stage: string, jobs: number): number {
  // Each thread writes a file beside this one, so it cannot be /dev/null.
  const out = `--bb-out-file=${join(temporaryFolder(), "counts")}`;
  const node = [process.execPath, ...STEADY, STAGE_PROCESS, stage, String(jobs)];
  const printed = run("valgrind", [...VALGRIND, out, ...node]);
  const total = TOTAL.exec(printed)?.[1];
  if (total === undefined) throw new Error(`valgrind printed no number of instructions:\n${printed}`);
  return Number(total);
}

/** How many bytes a stage allocates for a job, once its code is compiled. @throws Error where the stage fails */
export function countBytes(stage: string, jobs: number): number {
  return Number(run(process.execPath, [...STEADY, STAGE_PROCESS, stage, String(jobs)]));
}

function run(command: string, args: readonly string[]): string {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (error !== undefined && "code" in error && error.code === "ENOENT") {
    throw new Error(`${command} is not installed: the stages are measured in instructions, which it counts.`);
  }
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ended with ${status}:\n${stderr}`);
  return command === process.execPath ? stdout : stderr;
}
