import type { OnError } from "@jobs/core";

/** What each report says besides the error. */
export interface TrackerSettings {
  readonly environment: string;
  readonly release?: string;
}

// #region tracker
/**
 * Posts each error to an error tracker. What the tracker does not take is lost: it must not hold up a job, nor fail one.
 * @example createApp({ onError: reportErrors(process.env.TRACKER_URL, { environment: "live" }) })
 */
export function reportErrors(url: string | undefined, settings: TrackerSettings): OnError {
  return ({ name, message, stack }, where) => {
    // The failed run has told of it.
    if (url === undefined || (where.source === "dead_letter" && where.reason === "exhausted")) return;
    void post(url, { ...settings, name, message, stack, where });
  };
}
// #endregion

async function post(url: string, report: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify(report);
  await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(5_000) }).catch(() => {});
}
