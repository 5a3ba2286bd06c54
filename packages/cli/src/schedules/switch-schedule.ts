import type { App } from "@jobs/core";
import type { Output } from "../output/output.ts";
import { printable } from "../output/printable.ts";
import { requireSchedule } from "./require-schedule.ts";

/** A schedule that is to stop or to go on. */
export interface ScheduleSwitch {
  readonly schedule: string;
  readonly to: "paused" | "resumed";
  readonly isDryRun: boolean;
}

/**
 * Pauses or resumes a schedule and prints the result. @throws CliError `not_found` · UnsupportedError without a
 * coordination store
 */
export async function switchSchedule(app: App, change: ScheduleSwitch, output: Output): Promise<void> {
  const { schedule, to, isDryRun } = change;
  const { name } = await requireSchedule(app, schedule);
  await (to === "paused" ? app.schedules.pause(name) : app.schedules.resume(name));
  if (output.isJson) output.json({ schedule: name, isPaused: to === "paused", isDryRun });
  else output.line(`${isDryRun ? "would be " : ""}${to}: ${printable(name)}`);
}
