import type { CoordinationStore } from "../coordination/coordination-store.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { listStoredTickJobs, type StoredTickJob } from "../schedule/stored-schedules.ts";
import { bindParams } from "../task/bind-params.ts";
import type { TaskRegistry } from "../task/registry.ts";
import { type JobMismatch, MismatchCounter, reasonsOf, unknownTask } from "./job-mismatch.ts";

/** What the new release says of the jobs that a schedule will send. Every tick sends the same parameters. */
export interface CheckedSchedule {
  readonly name: string;
  readonly task: string;
  /** Whether it was made at run time. */
  readonly isStored: boolean;
  /** None for a schedule whose jobs fit. */
  readonly reasons: readonly JobMismatch[];
}

/** The schedules of an app. */
export interface ScheduleSources {
  readonly tasks: TaskRegistry;
  readonly schedules: readonly Schedule[];
  /** Where those made at run time are; `undefined` in an app without them. */
  readonly coordination: CoordinationStore | undefined;
}

/** Checks what all schedules will send, as a worker does at each tick. @throws UnreadableRecordError */
export async function checkSchedules(sources: ScheduleSources): Promise<readonly CheckedSchedule[]> {
  const { tasks, schedules, coordination } = sources;
  const own = schedules.map(({ name, task, params }) => ({ schedule: name, task: task.name, params }));
  const names = new Set(own.map(({ schedule }) => schedule));
  const made = coordination === undefined ? [] : await listStoredTickJobs(coordination);
  const stored = made.filter(({ schedule }) => !names.has(schedule));
  const all = [
    ...own.map((job) => ({ job, isStored: false })),
    ...stored.map((job) => ({ job, isStored: true })),
  ];
  return Promise.all(all.map(({ job, isStored }) => checkSchedule(job, isStored, tasks)));
}

async function checkSchedule(
  { schedule: name, task: taskName, params }: StoredTickJob,
  isStored: boolean,
  tasks: TaskRegistry,
): Promise<CheckedSchedule> {
  const reasons = new MismatchCounter();
  const task = tasks.find(taskName);
  // A worker ignores it: its ticks are lost.
  if (task === undefined) reasons.add([unknownTask("dead")], name);
  else {
    try {
      await bindParams(task, params, "enqueue");
    } catch (error) {
      reasons.add(reasonsOf({ error, outcome: "dead", redact: task.options.redact }), name);
    }
  }
  return { name, task: taskName, isStored, reasons: reasons.list() };
}
