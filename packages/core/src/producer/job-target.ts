import type { TaskSettings } from "../config/app-config.ts";
import { type PlainForm, plainForm } from "../envelope/encode-plain.ts";

/** What has to be known of a task and its settings to send its jobs: the same for all of them. */
export interface JobTarget {
  readonly task: string;
  /** The signature's fingerprint. */
  readonly sig: string;
  readonly settings: Pick<TaskSettings, "queue" | "priority" | "domain">;
  readonly form: PlainForm;
}

/** Creates a {@link JobTarget}. */
export function jobTarget(task: string, sig: string, settings: JobTarget["settings"]): JobTarget {
  return { task, sig, settings, form: plainForm(task, sig) };
}
