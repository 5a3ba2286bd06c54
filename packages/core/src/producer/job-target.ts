import type { TaskSettings } from "../config/app-config.ts";
import { type PlainForm, plainForm } from "../envelope/encode-plain.ts";
import type { Task } from "../task/task.ts";

/** What has to be known of a task and its settings to send its jobs: the same for all of them. */
export interface JobTarget {
  readonly task: string;
  /** The signature's fingerprint. */
  readonly sig: string;
  readonly settings: Pick<TaskSettings, "queue" | "priority" | "domain">;
  readonly form: PlainForm;
  /** Set where the event of an enqueue has the parameters: it knows which of them to hide. */
  readonly reported: Task | undefined;
}

/** Creates a {@link JobTarget}. */
export function jobTarget(
  task: string,
  sig: string,
  settings: JobTarget["settings"],
  reported?: Task,
): JobTarget {
  return { task, sig, settings, form: plainForm(task, sig), reported };
}
