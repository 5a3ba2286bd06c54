import type { Runtime } from "../runtime/runtime.ts";
import type { ScheduleRunner } from "./schedule-runner.ts";
import type { StoredSchedule, StoredSchedules } from "./stored-schedules.ts";

/** How often the schedules made at run time are read, in ms. */
const READ_MS = 10_000;

/** The runners of schedules made at run time, in one worker. */
export interface StoredRunners {
  readonly runners: readonly ScheduleRunner[];
  /** Time until they are read again, in ms. */
  readonly readInMs: number;
  /** Reads the schedules. It never rejects. */
  read(): Promise<void>;
}

/** Creates {@link StoredRunners}. `createRunner` makes the runner of a definition. */
export function createStoredRunners(
  stored: StoredSchedules,
  { runtime, createRunner }: { readonly runtime: Runtime; createRunner(one: StoredSchedule): ScheduleRunner },
): StoredRunners {
  const { clock } = runtime;
  /** By name and definition. */
  let runners: ReadonlyMap<string, ScheduleRunner> = new Map();
  /** Monotonic. */
  let readAt = Number.NEGATIVE_INFINITY;
  let hasFailed = false;

  /** An unchanged definition keeps its runner, which knows what it has sent. */
  function runnerOf(one: StoredSchedule, key: string): ScheduleRunner {
    const known = runners.get(key);
    return known === undefined || known.isOutdated ? createRunner(one) : known;
  }

  return {
    get runners() {
      return [...runners.values()];
    },
    get readInMs() {
      return Math.max(0, readAt - clock.monotonic());
    },
    async read() {
      readAt = clock.monotonic() + READ_MS;
      try {
        const read = (await stored.list()).map((one) => {
          const key = JSON.stringify([one.schedule.name, one.text]);
          return [key, runnerOf(one, key)] as const;
        });
        runners = new Map(read);
        hasFailed = false;
      } catch (err) {
        const message = "the schedules made at run time cannot be read; those known before go on";
        if (!hasFailed) runtime.report({ source: "schedule", err }, message);
        hasFailed = true;
      }
    },
  };
}
