import type { TaskSettings, WorkerSettings } from "../config/app-config.ts";
import type { Admission } from "./admit.ts";
import type { Cancellations } from "./cancellations.ts";
import type { OpenQueue } from "./open-queue.ts";
import type { QueuePauses } from "./queue-pauses.ts";
import type { JobParts } from "./run-parts.ts";
import type { Tally } from "./tally.ts";

/** What an `Engine` is made of. */
export interface EngineParts extends JobParts {
  readonly broker: string;
  readonly queues: readonly OpenQueue[];
  readonly settings: WorkerSettings;
  readonly cancellations: Cancellations;
  readonly pauses: QueuePauses;
  readonly tally: Tally;
  /** Settings of a task, by its name. */
  settingsOf(task: string): TaskSettings;
  readonly resolve: Admission["resolve"];
  /** Longest wait in one receive; shorter than the setting where the worker is to end by itself. */
  readonly waitMs: number;
  /** Jobs that may be taken in all. */
  readonly maxJobs: number;
  /** Something ended or changed; called at most once an event-loop turn. */
  onTurn(): void;
  /** Half of the slots hold handlers that do not return. */
  onStuck(): void;
}
