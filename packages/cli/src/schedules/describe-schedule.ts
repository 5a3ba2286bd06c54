import type { ScheduleState } from "@jobs/core";
import { formatDuration } from "@jobs/core/config";

/** A schedule in JSON: times in ISO 8601, parameters left out since they may be secret. */
export function describeSchedule({ schedule, isPaused, lastAt, nextAt }: ScheduleState): object {
  const { name, cadence, task, catchUp } = schedule;
  return {
    name,
    ...cadence,
    task: task.name,
    catchUp,
    isPaused,
    lastAt: lastAt === undefined ? null : isoTime(lastAt),
    nextAt: nextAt.map(isoTime),
  };
}

/** A schedule as a row of a table. */
export function scheduleRow({ schedule, isPaused, lastAt, nextAt }: ScheduleState): readonly string[] {
  const { name, cadence, task } = schedule;
  const due =
    "cron" in cadence ? `${cadence.cron} ${cadence.timeZone}` : `every ${formatDuration(cadence.everyMs)}`;
  const [next] = nextAt;
  return [
    name,
    due,
    task.name,
    isPaused ? "paused" : "on",
    lastAt === undefined ? "-" : isoTime(lastAt),
    next === undefined ? "-" : isoTime(next),
  ];
}

/** Ticks are whole seconds. */
function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.000Z$/, "Z");
}
