import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment } from "@jobs/core/config";

const EXAMPLE = fileURLToPath(new URL("..", import.meta.url));
const require = createRequire(import.meta.url);
const JOBS = join(dirname(require.resolve("@jobs/cli/package.json")), "bin/jobs.js");

/** Exit status of a worker that wants to be replaced. */
const REPLACE_ME = 70;

/** When worker after worker dies, one more does not help. */
const MAX_REPLACEMENTS = 20;

/** What all worker processes are started with. */
export interface WorkerSurroundings {
  readonly env: Environment;
  /** The file for their output. */
  readonly log: string;
  /** Aborts to end them: each then gets a SIGTERM. */
  readonly signal: AbortSignal;
  /** Called when a worker was lost. */
  onLost(cause: string): void;
}

/**
 * Keeps one `jobs worker` process running until it ends by itself or `isNeeded` returns false. It replaces a killed
 * process. Resolves with the status of the last one.
 */
export async function superviseWorker(
  args: readonly string[],
  surroundings: WorkerSurroundings,
  isNeeded: () => boolean = () => false,
): Promise<number> {
  for (let replacements = 0; ; replacements++) {
    const status = await runWorker(args, surroundings);
    const wasLost = status.signal !== null || status.code === REPLACE_ME;
    if (surroundings.signal.aborted || replacements === MAX_REPLACEMENTS) return status.code ?? REPLACE_ME;
    if (wasLost) surroundings.onLost(status.signal ?? `status ${status.code}`);
    else if (status.code !== 0 || !isNeeded()) return status.code ?? 0;
  }
}

interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

async function runWorker(args: readonly string[], surroundings: WorkerSurroundings): Promise<ExitStatus> {
  const { env, log, signal } = surroundings;
  if (signal.aborted) return { code: 0, signal: null };
  const logFile = openSync(log, "a");
  try {
    const command = [JOBS, "worker", "--log-format", "json", ...args];
    const child = spawn(process.execPath, command, {
      cwd: EXAMPLE,
      env,
      stdio: ["ignore", logFile, logFile],
    });
    return await exitOf(child, signal);
  } finally {
    closeSync(logFile);
  }
}

/** Runs the producer; resolves with its status and what it wrote to stdout. */
export async function runProducer(
  env: Environment,
  signal: AbortSignal,
): Promise<ExitStatus & { readonly stdout: string }> {
  const loader = new URL(import.meta.resolve("jiti/register")).href;
  const command = ["--import", loader, join(EXAMPLE, "src/producer.ts")];
  const child = spawn(process.execPath, command, { env, stdio: ["ignore", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  return { ...(await exitOf(child, signal)), stdout };
}

async function exitOf(child: ChildProcess, signal: AbortSignal): Promise<ExitStatus> {
  const terminate = () => child.kill("SIGTERM");
  signal.addEventListener("abort", terminate);
  try {
    const [code, killedBy] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    return { code, signal: killedBy };
  } finally {
    signal.removeEventListener("abort", terminate);
  }
}
