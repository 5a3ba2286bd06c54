import { type Clock, describeThrown } from "@jobs/core/runtime";
import type { JobDetail } from "../api/api-types.ts";
import type { Reading } from "./overview.ts";

/** Sends readings to those who look, by server-sent events. */
export interface LiveUpdates {
  /**
   * A response that goes on until the viewer leaves. `describe`: the event's data for this viewer. `jobId`: a job whose
   * changes it sees too.
   */
  open(describe: (reading: Reading) => unknown, jobId?: string): Response;
  close(): void;
}

/** The parts of {@link LiveUpdates}. */
export interface LiveParts {
  readonly clock: Clock;
  readOverview(): Promise<Reading>;
  readJob(id: string): Promise<JobDetail>;
}

/** How often the queues are read while somebody looks, in ms. */
const EVERY_MS = 1_000;

/** The most viewers; one more is refused. */
const MOST_VIEWERS = 100;

/** How many events may wait for a slow viewer. A slower one misses readings. */
const MOST_WAITING = 4;

interface Viewer {
  readonly describe: (reading: Reading) => unknown;
  readonly jobId: string | undefined;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  /** The job as it was sent last. */
  sentJob?: string;
}

/** Creates {@link LiveUpdates}. All viewers share one reading a second; without viewers nothing is read. */
export function createLiveUpdates({ clock, readOverview, readJob }: LiveParts): LiveUpdates {
  const viewers = new Set<Viewer>();
  let cancel: (() => void) | undefined;

  async function tick(): Promise<void> {
    cancel = undefined;
    const ids = new Set([...viewers].flatMap(({ jobId }) => jobId ?? []));
    const [overview, jobs] = await Promise.all([
      settled(readOverview()),
      Promise.all([...ids].map(async (id) => [id, await settled(readJob(id))] as const)),
    ]);
    const jobById = new Map(jobs);
    for (const viewer of viewers) {
      send(viewer, overviewEvent(viewer, overview));
      sendJob(viewer, jobById.get(viewer.jobId ?? ""));
    }
    next();
  }

  function next(): void {
    if (viewers.size > 0) cancel ??= clock.schedule(EVERY_MS, () => void tick());
  }

  return {
    open(describe, jobId) {
      if (viewers.size >= MOST_VIEWERS) return new Response("too many viewers\n", { status: 503 });
      let viewer: Viewer | undefined;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          viewer = { describe, jobId, controller };
          viewers.add(viewer);
          controller.enqueue(ENCODER.encode("retry: 2000\n\n"));
          next();
        },
        cancel() {
          if (viewer !== undefined) viewers.delete(viewer);
        },
      });
      const headers = { "content-type": "text/event-stream", "x-accel-buffering": "no" };
      return new Response(body, { headers });
    },
    close() {
      cancel?.();
      for (const { controller } of viewers) controller.close();
      viewers.clear();
    },
  };
}

const ENCODER = new TextEncoder();

function send({ controller }: Viewer, event: string): boolean {
  if ((controller.desiredSize ?? 0) <= -MOST_WAITING) return false;
  controller.enqueue(ENCODER.encode(event));
  return true;
}

function overviewEvent({ describe }: Viewer, reading: Settled<Reading>): string {
  if ("failed" in reading) return eventText("failed", { message: reading.failed });
  return eventText("overview", describe(reading.value));
}

/** Sends a job that changed since this viewer saw it last. */
function sendJob(viewer: Viewer, job: Settled<JobDetail> | undefined): void {
  if (job === undefined || "failed" in job) return;
  // The reason says how long something lasts, so it changes all the time.
  const state = JSON.stringify({ ...job.value, why: null });
  if (state !== viewer.sentJob && send(viewer, eventText("job", job.value))) viewer.sentJob = state;
}

type Settled<T> = { readonly value: T } | { readonly failed: string };

async function settled<T>(reading: Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await reading };
  } catch (error) {
    return { failed: describeThrown(error) };
  }
}

/** The JSON has no line break, so that data can never look like another event. */
function eventText(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
