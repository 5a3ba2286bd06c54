import type { Logger, Observer, Worker } from "@jobs/core";
import { repeat, systemClock } from "@jobs/core/runtime";
import type { StatusLine } from "../output/status-line.ts";

/** Counts what happens and shows it while it happens. */
export interface EventCounts {
  readonly observe: Observer;
  /**
   * Starts to show; call the result to stop. A terminal gets a status line, other outputs get a log line every 30 s.
   */
  show(worker: Worker, status: StatusLine, logger: Logger | undefined): () => void;
}

/** How often the status is redrawn, in ms. */
const REDRAW_MS = 500;

/** How often the numbers are logged, in ms. */
const LOG_MS = 30_000;

/** Creates counters at zero. */
export function countEvents(): EventCounts {
  const counts = { succeeded: 0, retried: 0, dead: 0 };
  let isQueueLost = false;

  function statusText(worker: Worker, perSecond: number): string {
    const state = isQueueLost ? "broker lost" : worker.state;
    const { succeeded, retried, dead } = counts;
    return `${state} · ${worker.running} running · ${succeeded} done · ${retried} retried · ${dead} dead · ${perSecond}/s`;
  }

  return {
    observe({ type }) {
      if (type === "job.succeeded") counts.succeeded++;
      else if (type === "job.retried") counts.retried++;
      else if (type === "job.dead") counts.dead++;
      else if (type === "broker.lost") isQueueLost = true;
      else if (type === "broker.back") isQueueLost = false;
    },
    show(worker, status, logger) {
      let before = 0;
      const redraw = () => {
        const perSecond = Math.round(((counts.succeeded - before) * 1_000) / REDRAW_MS);
        before = counts.succeeded;
        status.show(statusText(worker, perSecond));
      };
      const logCounts = () => logger?.info({ ...counts, running: worker.running }, "progress");
      const stop = status.isLive
        ? repeat(systemClock, REDRAW_MS, redraw)
        : repeat(systemClock, LOG_MS, logCounts);
      return () => {
        stop();
        status.show("");
      };
    },
  };
}
