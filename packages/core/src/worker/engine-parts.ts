import type { TaskSettings, WorkerSettings } from "../config/app-config.ts";
import type { OpenQueue } from "./fetch/open-queues.ts";
import type { Cancellations, QueuePauses } from "./presence/cancel-and-pause.ts";
import type { DecodeParts } from "./run/decode-and-bind.ts";
import type { JobParts } from "./run/run-parts.ts";
import type { WorkerCounters } from "./worker-report.ts";

/** What an `Engine` is made of. */
export interface EngineParts extends JobParts {
  readonly broker: string;
  readonly queues: readonly OpenQueue[];
  readonly settings: WorkerSettings;
  readonly cancellations: Cancellations;
  readonly pauses: QueuePauses;
  readonly counters: WorkerCounters;
  /** Settings of a task, by its name. */
  settingsOf(task: string): TaskSettings;
  readonly resolve: DecodeParts["resolve"];
  /** Longest wait in one receive; shorter than the setting where the worker is to end by itself. */
  readonly waitMs: number;
  /** Jobs that may be taken in all. */
  readonly maxJobs: number;
  /** Something ended or changed; called at most once an event-loop turn. */
  onTurn(): void;
  /** Half of the slots hold handlers that do not return. */
  onStuck(): void;
}
