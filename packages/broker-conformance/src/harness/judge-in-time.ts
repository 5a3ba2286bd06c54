import { starvedMs } from "@jobs/core/testing";
import type { TestTime } from "./test-time.ts";

/** The harness under test. Without `time` nothing counts as late. */
interface TimedHarness {
  readonly time?: TestTime;
}

/** How much longer a tick is in the last try. */
const MAX_FACTOR = 8;

/** How {@link judgeInTime} judges. */
export interface Judgement {
  /** How long programs had to wait for a processor until now, in ms. Default {@link starvedMs}. */
  readonly starved?: () => number;
  /** Whether the proof measures its own calls, and expects no more than they allow. Default no. */
  readonly allowsLateness?: boolean;
}

/**
 * Runs one proof, on a fresh harness. When the clock of a broker cannot be set, a busy machine may be too late for a
 * point in time. Such a proof shows nothing. So lateness is measured: a proof that failed and was too late is repeated
 * with ticks twice as long. The same is done when other programs, such as the server, had to wait for a processor. A
 * proof that was in time is judged.
 * @throws what the proof threw · Error when the machine is too slow for the longest tick
 */
export async function judgeInTime<Harness extends TimedHarness>(
  createHarness: () => Promise<Harness> | Harness,
  prove: (harness: Harness, factor: number) => Promise<void>,
  { starved = starvedMs, allowsLateness = false }: Judgement = {},
): Promise<void> {
  for (let factor = 1; ; factor *= 2) {
    const harness = await createHarness();
    if (harness.time === undefined || harness.time.slackMs === 0) return prove(harness, factor);
    const time = measured(slower(harness.time, factor));
    const starvedBefore = starved();
    try {
      return await prove({ ...harness, time }, factor);
    } catch (error) {
      const lateMs = time.lateMs();
      const wasInTime = allowsLateness || lateMs <= time.slackMs;
      const wasStarved = starved() - starvedBefore > time.slackMs;
      if (factor < MAX_FACTOR && (wasStarved || !wasInTime)) continue;
      if (wasInTime) throw error;
      const message = `this machine was ${lateMs} ms late in ticks of ${time.tickMs} ms, so nothing can be judged`;
      throw new Error(message, { cause: error });
    }
  }
}

function slower(time: TestTime, factor: number): TestTime {
  const slackMs = time.slackMs * factor;
  return {
    ...time,
    tickMs: time.tickMs * factor,
    slackMs,
    within: (promise, ms) => time.within(promise, ms + slackMs - time.slackMs),
  };
}

/** The same time, which also measures how much longer everything took than was asked for. */
function measured(time: TestTime): TestTime & { lateMs(): number } {
  const startedAt = time.clock.monotonic();
  let askedMs = 0;
  return {
    ...time,
    pass(ms) {
      askedMs += ms;
      return time.pass(ms);
    },
    async within(promise, ms) {
      const calledAt = time.clock.monotonic();
      try {
        return await time.within(promise, ms);
      } finally {
        askedMs += Math.min(time.clock.monotonic() - calledAt, ms);
      }
    },
    lateMs: () => Math.round(time.clock.monotonic() - startedAt - askedMs),
  };
}
