import type { Clock } from "@jobs/core/runtime";
import type { Reading } from "./overview.ts";

/** Sends readings to those who look, by server-sent events. */
export interface LiveUpdates {
  /** A response that goes on until the viewer leaves. `describe`: the event's data for this viewer. */
  open(describe: (reading: Reading) => unknown): Response;
  close(): void;
}

/** How often the queues are read while somebody looks, in ms. */
const EVERY_MS = 1_000;

/** The most viewers; one more is refused. */
const MOST_VIEWERS = 100;

/** The most text that may wait for a slow viewer, in events. A slower one misses readings. */
const MOST_WAITING = 4;

interface Viewer {
  readonly describe: (reading: Reading) => unknown;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
}

/** Creates {@link LiveUpdates}. All viewers share one reading a second; without viewers nothing is read. */
export function createLiveUpdates(read: () => Promise<Reading>, clock: Clock): LiveUpdates {
  const viewers = new Set<Viewer>();
  const encoder = new TextEncoder();
  let cancel: (() => void) | undefined;

  async function tick(): Promise<void> {
    cancel = undefined;
    const event = await read().then(
      (reading) => (viewer: Viewer) => eventText("overview", viewer.describe(reading)),
      (error: unknown) => () => eventText("failed", { message: error instanceof Error ? error.message : "" }),
    );
    for (const viewer of viewers) {
      if ((viewer.controller.desiredSize ?? 0) > -MOST_WAITING)
        viewer.controller.enqueue(encoder.encode(event(viewer)));
    }
    next();
  }

  function next(): void {
    if (viewers.size > 0) cancel ??= clock.schedule(EVERY_MS, () => void tick());
  }

  return {
    open(describe) {
      if (viewers.size >= MOST_VIEWERS) return new Response("too many viewers\n", { status: 503 });
      let viewer: Viewer | undefined;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          viewer = { describe, controller };
          viewers.add(viewer);
          controller.enqueue(encoder.encode("retry: 2000\n\n"));
          next();
        },
        cancel() {
          if (viewer !== undefined) viewers.delete(viewer);
        },
      });
      return new Response(body, {
        headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
      });
    },
    close() {
      cancel?.();
      for (const { controller } of viewers) controller.close();
      viewers.clear();
    },
  };
}

/** The JSON has no line break, so that data can never look like another event. */
function eventText(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
