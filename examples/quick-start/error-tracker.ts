import type { OnError } from "@jobs/core";

/** Fields of each report besides the error. */
export interface TrackerSettings {
  readonly environment: string;
  readonly release?: string;
}

// #region tracker
/**
 * Posts each error to an error tracker. A report that the tracker refuses is lost: it must neither delay nor fail a
 * job.
 * @example createApp({ onError: reportErrors(process.env.TRACKER_URL, { environment: "live" }) })
 */
export function reportErrors(url: string | undefined, settings: TrackerSettings): OnError {
  return ({ name, message, stack }, where) => {
    // The failed run has already reported this error.
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
