import type { AppCoordination } from "../coordination/open-coordination.ts";
import type { UnsupportedError } from "../errors/broker-errors.ts";
import type { Producer } from "../producer/producer.ts";
import type { Cancel } from "../runtime/clock.ts";
import { endOf } from "../runtime/deadline.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { WorkerService } from "../worker/worker-parts.ts";
import { ticksOf } from "./due-ticks.ts";
import { checkParams, type Schedule } from "./schedule.ts";
import { ScheduleRunner } from "./schedule-runner.ts";
import { createStoredRunners, type StoredRunners } from "./stored-runners.ts";
import type { StoredSchedule, StoredSchedules } from "./stored-schedules.ts";
import { createTickRecords } from "./tick-records.ts";

/** The longest time between two checks, in ms, so that a clock that was put forward is noticed. */
const MAX_SLEEP_MS = 60_000;

/** How long a tick in flight may delay the end of a worker, in ms. */
const END_MS = 2_000;

/** The parts of an app whose schedules a worker sends. */
export interface TickerParts {
  readonly schedules: readonly Schedule[];
  /** Those made at run time, in an app that has them. */
  readonly stored: StoredSchedules | undefined;
  readonly appCoordination: AppCoordination;
  readonly producer: Producer;
  readonly runtime: Runtime;
  readonly prefix: string;
}

/** Sends the ticks of all schedules of an app in one worker, with one timer. */
export function createTicker(parts: TickerParts): WorkerService {
  const { schedules, stored, runtime } = parts;
  const { clock } = runtime;
  const inFlight = new Set<Promise<void>>();
  let runners: readonly ScheduleRunner[] = [];
  /** Those of schedules made at run time. */
  let made: StoredRunners | undefined;
  let hasStopped = false;
  let isTimerDeferred = false;
  let cancelTimer: Cancel = () => {};

  /** Once for all schedules whose checks end in this turn, because each call reads all schedules. */
  function setTimerSoon(): void {
    if (isTimerDeferred) return;
    isTimerDeferred = true;
    clock.defer(() => {
      isTimerDeferred = false;
      setTimer();
    });
  }

  function setTimer(): void {
    cancelTimer();
    if (hasStopped) return;
    const readInMs = made?.readInMs ?? MAX_SLEEP_MS;
    const sleepMs = Math.min(MAX_SLEEP_MS, readInMs, ...all().map((runner) => runner.checkInMs));
    cancelTimer = clock.schedule(Math.ceil(sleepMs), wake);
  }

  function wake(): void {
    if (made !== undefined && made.readInMs <= 0) track(made.read());
    for (const runner of all().filter(({ checkInMs }) => checkInMs <= 0)) track(runner.check());
    setTimer();
  }

  function track(work: Promise<void>): void {
    const tracked = work.finally(() => {
      inFlight.delete(tracked);
      setTimerSoon();
    });
    inFlight.add(tracked);
  }

  function all(): readonly ScheduleRunner[] {
    return [...runners, ...(made?.runners ?? [])];
  }

  return {
    async prepare() {
      const { producer, prefix, appCoordination } = parts;
      if (appCoordination.coordination === undefined) throw noCoordination(appCoordination);
      const coordination = createTickRecords(appCoordination.coordination);
      const owner = runtime.ids();
      const runnerParts = { coordination, producer, runtime, prefix, owner, hasStopped: () => hasStopped };
      await checkParams(schedules);
      runners = schedules.map((one) => new ScheduleRunner(one, ticksOf(one.cadence), runnerParts));
      made = stored && createStoredRunners(stored, { runtime, createRunner });

      function createRunner(one: StoredSchedule): ScheduleRunner {
        const isCurrent = () => stored?.isCurrent(one) ?? Promise.resolve(false);
        return new ScheduleRunner(one.schedule, ticksOf(one.schedule.cadence), { ...runnerParts, isCurrent });
      }
    },
    begin: wake,
    async end() {
      hasStopped = true;
      cancelTimer();
      await endOf(clock, END_MS, Promise.all(inFlight));
    },
  };
}

function noCoordination({ refuse }: AppCoordination): UnsupportedError {
  const hint =
    "Give the app a result store, in whose coordination store workers agree who sends a tick, or leave schedules to others by schedules: false.";
  return refuse({ feature: "schedules", message: "has no coordination store for schedules", hint });
}
