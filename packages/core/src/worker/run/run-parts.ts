import type { CompletionStep, RunOnce } from "../../job/completion.ts";
import type { DeathKeeper } from "../../results/keep-deaths.ts";
import type { WorkerCounters } from "../worker-report.ts";
import type { Execution } from "./execution.ts";
import type { Run } from "./run.ts";
import type { ContextParts } from "./run-context.ts";
import type { Timeouts } from "./timeouts.ts";

/** What an app gives its worker for running jobs; the worker hands it on to its engine, and that to the runs. */
export interface JobParts extends ContextParts {
  /** Of the worker, for whoever wants to know who runs a job. */
  readonly identity: string;
  readonly execution: Execution;
  readonly steps: readonly CompletionStep[];
  /** Set where jobs that must not run twice are looked up first. */
  readonly once?: RunOnce | undefined;
  /** Keeps that a job was cancelled, where results are kept. */
  readonly keepCancelled?: CompletionStep | undefined;
  /** Keeps that a job has died, where results are kept. */
  readonly keepDeath?: DeathKeeper["keep"] | undefined;
}

/** What running a job takes; the same for all runs of a worker. */
export interface RunParts extends JobParts {
  readonly timeouts: Timeouts;
  readonly counters: WorkerCounters;
  readonly maxRetryDelayMs: number;
  /** Is told that a task's backoff function gave no delay; says so once for each task. */
  readonly reportBackoff: (task: string, fault: unknown) => void;
  /** Runs whose handler is done and whose completion step fails. */
  readonly delayed: Set<Run>;
  /** Aborts when the worker stops. */
  readonly stopping: AbortSignal;
}
