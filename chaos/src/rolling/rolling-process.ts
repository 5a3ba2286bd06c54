// One release of the application as a process: its producer and its worker, which the supervisor starts and stops.
import { type App, createApp, handle, type LifecycleEvent, type Worker } from "@jobs/core";
import { systemClock } from "@jobs/core/runtime";
import { readOrders } from "../process-orders.ts";
import { rollingBroker, withHolds } from "./brokers.ts";
import { type Release, ROWS, type Row } from "./release.ts";
import { release1 } from "./release-1.ts";
import { release2 } from "./release-2.ts";
import { release3 } from "./release-3.ts";
import type { RollingOrders, RollingReply, RollingRequest } from "./rolling-orders.ts";

const RELEASES: Readonly<Record<RollingOrders["release"], Release>> = {
  1: release1,
  2: release2,
  3: release3,
};

const { release: number, broker: kind, address, holdMs } = readOrders<RollingOrders>();
const release = RELEASES[number];
const broker = rollingBroker(kind).open(address);
const tasks = ROWS.map((row) => release.tasks[row].task);

/** How long ago its producer believes to be, in ms. */
let agoMs = 0;
const app: App = createApp({
  broker: holdMs === undefined ? broker : withHolds(broker, holdMs),
  release: `release ${number}`,
  tasks,
  handlers: tasks.map((task) => handle(task, () => {})),
  runtime: { clock: { ...systemClock, now: () => systemClock.now() - agoMs } },
  observers: [reportFate],
});
let worker: Worker | undefined;

process.on("message", (request: RollingRequest) => {
  // The supervisor sees that the process ends.
  answer(request).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exit(1);
  });
});
process.on("disconnect", () => process.exit(1));
say({ type: "open" });

function say(reply: RollingReply): void {
  process.send?.(reply);
}

async function answer(request: RollingRequest): Promise<void> {
  if (request.type === "send") say({ type: "sent", ids: await send(request) });
  else if (request.type === "work") await work(request.jobs);
  else if (request.type === "stop") await worker?.stop();
  else {
    await app.close();
    process.disconnect();
    process.exit(0);
  }
}

/** The id of a job says its row. */
async function send(request: Extract<RollingRequest, { type: "send" }>): Promise<readonly string[]> {
  agoMs = request.agoMs;
  const ids: string[] = [];
  for (let job = 0; job < request.jobs; job++) {
    const items = ROWS.map((row, index) => {
      const { task, sends } = release.tasks[row];
      return [task, sends, { id: `${index}-${request.batch}-${job}` }] as const;
    });
    for (const result of await app.enqueueMany(items as never)) {
      if (result.status === "refused") throw result.error;
      ids.push(result.id);
    }
  }
  agoMs = 0;
  return ids;
}

async function work(jobs: number | null): Promise<void> {
  worker = app.worker({
    queues: [...release.queues],
    concurrency: 50,
    waitMs: 1_000,
    ...(jobs === null ? {} : { until: { type: "settled", jobs } }),
  });
  await worker.run();
  say({ type: "stopped" });
}

function reportFate(event: LifecycleEvent): void {
  if (event.type === "worker.started") return say({ type: "working" });
  if (event.type !== "job.succeeded" && event.type !== "job.held" && event.type !== "job.dead") return;
  const { id } = event.job;
  const row = ROWS[Number(id.split("-", 1)[0])] as Row;
  if (event.type === "job.succeeded") return say({ type: "succeeded", row, id });
  if (event.type === "job.held") return say({ type: "held", row, id, reason: event.reason });
  const { reason, error } = event;
  say({ type: "dead", row, id, reason, ...(error && { message: error.message }) });
}
