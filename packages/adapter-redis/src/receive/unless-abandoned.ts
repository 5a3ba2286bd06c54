import { systemClock } from "@jobs/core";
import { NO_TURN, type Turn } from "./turn.ts";

/** How long after the abort a receive still hopes for the answer to what it has asked, in ms. */
const LAST_HOPE_MS = 300;

/**
 * A turn, until shortly after `ended` aborts: what gets no answer then is left, `onLeft` is told, and leases that it may
 * have taken expire.
 */
export function unlessAbandoned(turn: Promise<Turn>, ended: AbortSignal, onLeft: () => void): Promise<Turn> {
  return new Promise((resolve, reject) => {
    let cancel = () => {};
    const leave = () => {
      onLeft();
      resolve(NO_TURN);
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
      if (ended.aborted) resolve(NO_TURN);
      else reject(error);
    };
    ended.addEventListener("abort", abandon, { once: true });
    turn.then((answer) => {
      forget();
      resolve(answer);
    }, fail);
  });
}
