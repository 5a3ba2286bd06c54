import { createApp, createMonitor, defineTask, handle } from "@jobs/core";
import type { EventSink, HistoryEvent } from "@jobs/core/broker";
import { startSqsEndpoint } from "@jobs/test-servers";
import { expect, it } from "vitest";
import { sqs } from "../src/index.ts";
import { atEndpoint } from "./sqs-world.ts";

const MONITOR = "monitor.fifo";

/** How often the sink refuses the first event of a job, so that a later one could overtake it. */
const REFUSALS = 3;

const work = defineTask("work", {});

/** A sink that first refuses the event of an enqueue, unless an event of its job was written before. */
function reluctantSink(): EventSink & { readonly written: HistoryEvent[] } {
  const written: HistoryEvent[] = [];
  let refused = 0;
  return {
    kind: "reluctant",
    written,
    async write(events) {
      const isFirst = events.some(({ type }) => type === "job.enqueued") && written.length === 0;
      if (isFirst && ++refused <= REFUSALS) throw new Error("not yet");
      written.push(...events);
    },
    close: async () => {},
  };
}

it("the events of one job keep their order on a FIFO queue, although two processes saw them and the first is late [T28 T7]", async () => {
  await using endpoint = await startSqsEndpoint();
  await endpoint.createQueue({ name: "default", dlq: "default-dead" });
  await endpoint.createQueue({ name: MONITOR, fifo: true, dlq: "monitor-dead.fifo" });
  const open = () =>
    createApp({
      broker: sqs(atEndpoint(endpoint)),
      tasks: [work],
      handlers: [handle(work, () => {})],
      monitor: MONITOR,
    });
  const producer = open();
  const { id } = await producer.enqueue(work, {});
  // Closing sends what waits: the event of the enqueue is a message of its own.
  await producer.close();
  const app = open();
  await app.worker({ queues: ["default"], ownsProcess: false, until: { type: "settled", jobs: 1 } }).run();
  await app.close();

  const sink = reluctantSink();
  const monitor = createMonitor({
    broker: sqs(atEndpoint(endpoint)),
    sink,
    queue: MONITOR,
    runtime: { random: () => 0.3 },
  });
  const worker = monitor.worker({ ownsProcess: false, concurrency: 10 });
  const report = worker.run();
  const typesOf = () =>
    sink.written.flatMap((event) => ("job" in event && event.job.id === id ? [event.type] : []));
  await expect.poll(() => typesOf().length, { timeout: 30_000 }).toBe(3);
  expect(typesOf()).toEqual(["job.enqueued", "job.started", "job.succeeded"]);
  await worker.stop();
  await report;
  await monitor.close();
});
