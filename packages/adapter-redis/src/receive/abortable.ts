import { systemClock } from "@jobs/core/runtime";
import { EMPTY_BATCH, type ReceiveBatch } from "./receive-batch.ts";

/** How long a receive still waits for an answer after the abort, in ms. */
const LAST_HOPE_MS = 300;

/**
 * Waits for a batch until shortly after `ended` aborts. Without an answer by then it calls `onLeft`, and leases of the
 * batch expire.
 */
export function abortable(
  turn: Promise<ReceiveBatch>,
  ended: AbortSignal,
  onLeft: () => void,
): Promise<ReceiveBatch> {
  return new Promise((resolve, reject) => {
    let cancel = () => {};
    const leave = () => {
      onLeft();
      resolve(EMPTY_BATCH);
    };
    const abandon = () => {
      cancel = systemClock.schedule(LAST_HOPE_MS, leave);
    };
    const forget = () => {
      cancel();
      ended.removeEventListener("abort", abandon);
    };
    const fail = (error: unknown) => {
      forget();
      if (ended.aborted) resolve(EMPTY_BATCH);
      else reject(error);
    };
    ended.addEventListener("abort", abandon, { once: true });
    turn.then((answer) => {
      forget();
      resolve(answer);
    }, fail);
  });
}
