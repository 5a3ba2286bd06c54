import { randomInt } from "node:crypto";
import type { JobsCommand } from "./jobs-command.ts";
import { sleep } from "./tasks.ts";

/** How long one job sleeps, in ms, both included. */
const SLEEP_MS = { min: 10, max: 60 };

/** Enqueues `count` sleeps. Resolves with the status of the command. */
export async function fillQueue(jobs: JobsCommand, count: number): Promise<number> {
  const lines = Array.from({ length: count }, () =>
    JSON.stringify({ task: sleep.name, params: { ms: anySleep() } }),
  );
  const { code } = await jobs.run(["enqueue", "--batch", "-"], lines.join("\n"));
  return code ?? 1;
}

function anySleep(): number {
  return randomInt(SLEEP_MS.min, SLEEP_MS.max + 1);
}
