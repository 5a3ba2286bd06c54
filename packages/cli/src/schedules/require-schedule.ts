import type { App, Schedule } from "@jobs/core";
import { didYouMean } from "@jobs/core/runtime";
import { CliError } from "../output/cli-error.ts";

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
  throw new CliError("not_found", "there is no schedule of this name.", {
    hint: close === undefined ? "jobs schedule list shows all." : `Did you mean ${close}?`,
    details: { schedule: name },
  });
}
