import type { App, Schedule } from "@jobs/core";
import { didYouMean } from "@jobs/core/runtime";
import { CliError } from "../output/cli-error.ts";
import type { Output } from "../output/output.ts";
import { printable } from "../output/printable.ts";

/** A schedule to pause or resume. */
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

/** A schedule of the app. @throws CliError `not_found`, with the name that may have been meant */
export async function requireSchedule(app: App, name: string): Promise<Schedule> {
  const states = await app.schedules.list();
  const known = states.map(({ schedule }) => schedule);
  const found = known.find((schedule) => schedule.name === name);
  if (found !== undefined) return found;
  const close = didYouMean(
    name,
    known.map((schedule) => schedule.name),
  );
  throw new CliError("not_found", `there is no schedule ${JSON.stringify(name.slice(0, 80))}.`, {
    hint: close === undefined ? "jobs schedule list shows all." : `Did you mean ${close}?`,
    details: { schedule: name },
  });
}
