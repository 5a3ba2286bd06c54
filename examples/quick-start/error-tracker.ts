import type { LifecycleEvent, Observer } from "@jobs/core";

/** What each report says besides the error. */
export interface TrackerSettings {
  readonly environment: string;
  readonly release?: string;
}

/**
 * An observer that posts each failed run to an error tracker. Parameters are in no event, so in no report. What the
 * tracker does not take is lost: it must not hold up a job, nor fail one.
 * @example createApp({ observers: [reportErrors(process.env.TRACKER_URL, { environment: "live" })] })
 */
export function reportErrors(url: string | undefined, settings: TrackerSettings): Observer {
  return (event) => {
    if (url === undefined || event.type !== "job.failed") return;
    void send(url, { ...settings, ...reportOf(event) });
  };
}

function reportOf({ job, error, at }: Extract<LifecycleEvent, { type: "job.failed" }>): object {
  const { name, message, stack } = error;
  return { name, message, stack, tags: { ...job }, at: new Date(at).toISOString() };
}

async function send(url: string, report: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify(report);
  await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(5_000) }).catch(() => {});
}
