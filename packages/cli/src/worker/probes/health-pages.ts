import type { Worker } from "@jobs/core";
import type { Host } from "@jobs/host";
import type { Page, Pages } from "./serve-pages.ts";

/**
 * `/live` fails once the worker has stopped, so that a supervisor replaces it. `/ready` fails while it starts or
 * drains, while its broker is down, and while unstored results occupy all its slots. None of these is a reason to
 * restart a worker.
 */
export function healthPages(worker: Worker): Pages {
  const answer = (isYes: boolean): Page => ({
    status: isYes ? 200 : 503,
    type: "application/json",
    body: `${JSON.stringify({
      worker: worker.identity,
      state: worker.state,
      isReady: worker.isReady,
      running: worker.running,
      delayed: worker.delayed,
    })}\n`,
  });
  return {
    "/live": () => answer(worker.state !== "stopped"),
    "/ready": () => answer(worker.isReady),
  };
}

/** The health pages of a host. It is live while it runs, and ready while at least one of its processes is. */
export function hostHealthPages(host: Host): Pages {
  const answer = (isYes: boolean): Page => ({
    status: isYes ? 200 : 503,
    type: "application/json",
    body: `${JSON.stringify({ isReady: host.isReady, processes: host.pids.length })}\n`,
  });
  return { "/live": () => answer(true), "/ready": () => answer(host.isReady) };
}
