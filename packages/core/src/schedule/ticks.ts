import { ConfigError } from "../errors/config-errors.ts";
import type { Schedule } from "./schedule.ts";

/** The moments at which a schedule is due, in ms since 1970. */
export interface Ticks {
  /** The first one after a moment; `undefined` when there is none. */
  after(ms: number): number | undefined;
  /** The latest `count` up to a moment, in order. */
  latest(until: number, count: number): readonly number[];
}

/**
 * The ticks of a schedule. Cron is read by croner, which is loaded only for this: a local time that a change of the clocks
 * leaves out is due as soon as it is over, and one that comes twice is due once, unless the schedule recurs within the
 * hour anyway.
 * @throws ConfigError for cron fields that cannot be read, or that no day ever fits
 */
export async function ticksOf({ name, cadence }: Schedule): Promise<Ticks> {
  if ("everyMs" in cadence) return everyTicks(cadence.everyMs);
  const { Cron } = await import("croner");
  const read = () => {
    try {
      return new Cron(cadence.cron, { timezone: cadence.timeZone, paused: true });
    } catch (cause) {
      throw new ConfigError(`schedule "${name}": the cron fields cannot be read.`, {
        cause,
        hint: 'Write minute, hour, day, month, weekday: "30 2 * * MON-FRI"; seconds may come first.',
      });
    }
  };
  const cron = read();
  return {
    after: (ms) => cron.nextRun(new Date(ms))?.getTime(),
    latest: (until, count) =>
      cron
        .previousRuns(count, new Date(until + SECOND_MS))
        .map((date) => date.getTime())
        .filter((tick) => tick <= until)
        .reverse(),
  };
}

/** Croner looks back from whole seconds, and leaves out the one it starts from. */
const SECOND_MS = 1_000;

function everyTicks(everyMs: number): Ticks {
  const before = (ms: number) => Math.floor(ms / everyMs) * everyMs;
  return {
    after: (ms) => before(ms) + everyMs,
    latest: (until, count) =>
      Array.from({ length: count }, (_, index) => before(until) - (count - 1 - index) * everyMs),
  };
}
