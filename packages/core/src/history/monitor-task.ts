import { isJobsError } from "../errors/jobs-error.ts";
import { FatalError } from "../errors/run-errors.ts";
import { type BoundHandler, handle } from "../job/handler.ts";
import { sleep } from "../runtime/clock.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { defineTask } from "../task/define-task.ts";
import { flawOfEvent } from "./event-flaw.ts";
import type { EventSink, HistoryEvent } from "./history-event.ts";

/** Name of the task for events; its own jobs are never reported. */
export const MONITOR_TASK = "jobs.monitor";

/**
 * Events are sent as ordinary jobs, many in each. So they work on every broker, and events that a sink never accepts
 * become dead letters. It has no time limit: while a sink is down, its worker waits with the events.
 */
export const monitorTask = defineTask(
  MONITOR_TASK,
  { events: "array" },
  { timeoutMs: Number.POSITIVE_INFINITY },
);

/** The longest wait before a sink is tried again, in ms. */
const MAX_PAUSE_MS = 30_000;

/**
 * The handler of {@link monitorTask}. It waits for a sink that is down, as long as its worker lives. Events that are none
 * become a dead letter at once: the events behind them must not wait for ever.
 */
export function writeEvents(
  sink: EventSink,
  { clock, random }: Pick<Runtime, "clock" | "random">,
): readonly BoundHandler[] {
  return handle(monitorTask, async ({ events }, ctx) => {
    for (const [index, event] of events.entries()) {
      const flaw = flawOfEvent(event);
      if (flaw !== undefined)
        throw new FatalError(`event ${index} of ${events.length} is unusable: ${flaw}.`);
    }
    for (let failures = 0; ; ) {
      try {
        return await sink.write(events as unknown as readonly HistoryEvent[]);
      } catch (error) {
        if (isJobsError(error) && !error.retryable) throw error;
        if (failures++ === 0)
          ctx.log.warn("the monitor's sink does not take events; they wait", { err: error });
        await sleep(clock, random() * Math.min(MAX_PAUSE_MS, 1_000 * 2 ** failures));
        ctx.signal.throwIfAborted();
      }
    }
  });
}
