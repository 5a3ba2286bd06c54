import type { AppCoordination } from "../coordination/open-coordination.ts";
import type { UnsupportedError } from "../errors/broker-errors.ts";
import type { Producer } from "../producer/producer.ts";
import type { Cancel } from "../runtime/clock.ts";
import { endOf } from "../runtime/deadline.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { WorkerService } from "../worker/worker-parts.ts";
import { checkParams } from "./check-schedules.ts";
import { ticksOf } from "./due-ticks.ts";
import type { Schedule } from "./schedule.ts";
import { ScheduleLine } from "./schedule-line.ts";
import { createTickMarks } from "./tick-marks.ts";

/** The longest sleep, in ms, so that a clock that was put forward is noticed. */
const NAP_MS = 60_000;

/** How long a tick in flight may delay the end of a worker, in ms. */
const LAST_MS = 2_000;

/** What a ticker needs. */
export interface TickerParts {
  readonly schedules: readonly Schedule[];
  readonly appCoordination: AppCoordination;
  readonly producer: Producer;
  readonly runtime: Runtime;
  readonly prefix: string;
}

/** Handles all schedules of an app in one worker, with one timer. */
export function createTicker(parts: TickerParts): WorkerService {
  const { schedules, runtime } = parts;
  const { clock } = runtime;
  const underWay = new Set<Promise<void>>();
  let lines: readonly ScheduleLine[] = [];
  let hasStopped = false;
  let isRestDeferred = false;
  let cancelTimer: Cancel = () => {};

  /** Once for all schedules that end in this turn: each rest asks all of them. */
  function restSoon(): void {
    if (isRestDeferred) return;
    isRestDeferred = true;
    clock.defer(() => {
      isRestDeferred = false;
      rest();
    });
  }

  function rest(): void {
    cancelTimer();
    if (hasStopped) return;
    const restMs = Math.min(NAP_MS, ...lines.map((line) => line.restMs));
    cancelTimer = clock.schedule(Math.ceil(restMs), wake);
  }

  function wake(): void {
    for (const line of lines.filter(({ restMs }) => restMs <= 0)) {
      const look = line.look().finally(() => {
        underWay.delete(look);
        restSoon();
      });
      underWay.add(look);
    }
    rest();
  }

  return {
    async prepare() {
      const { producer, prefix, appCoordination } = parts;
      if (appCoordination.coordination === undefined) throw noNotebook(appCoordination);
      const coordination = createTickMarks(appCoordination.coordination);
      const owner = runtime.ids();
      const lineParts = { coordination, producer, runtime, prefix, owner, hasStopped: () => hasStopped };
      await checkParams(schedules);
      lines = schedules.map((one) => new ScheduleLine(one, ticksOf(one.cadence), lineParts));
    },
    begin: wake,
    async end() {
      hasStopped = true;
      cancelTimer();
      await endOf(clock, LAST_MS, Promise.all(underWay));
    },
  };
}

function noNotebook({ refuse }: AppCoordination): UnsupportedError {
  const hint =
    "Give the app a result store, in whose coordination store workers agree who sends a tick, or leave schedules to others by schedules: false.";
  return refuse({ feature: "schedules", message: "has no coordination store for schedules", hint });
}
