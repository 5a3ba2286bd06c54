import { sqlite } from "@jobs/adapter-sqlite";
import { createMonitor } from "@jobs/core";
import type { EventSink, HistoryEvent } from "@jobs/core/broker";
import { createPlatform } from "./app.ts";
import { orderExport } from "./order-export.ts";
import { openSink } from "./stores.ts";

/** The jobs of one export: two files and the message. */
const JOBS = 3;

/** Orders an export, runs its jobs, and shows the events of the monitor. Resolves with the status of the process. */
export async function start(): Promise<number> {
  const openBroker = () => sqlite({ file: ".jobs/jobs.db" });
  const app = createPlatform(process.env).with({ broker: openBroker() });
  const { queuePrefix } = app.config;
  say(`queues: ${app.queues.map((name) => queuePrefix + name).join(" ")}`);
  const { lastId } = await orderExport(app, "rivers", "user@example.org");
  const report = await app.worker({ until: { type: "settled", jobs: JOBS } }).run();
  say(`result: ${(await app.results?.get(lastId))?.value}`);
  await app.close();

  const sink = openSink(process.env);
  await using monitor = createMonitor({
    broker: openBroker(),
    queuePrefix,
    queue: "platform",
    sink: telling(sink),
  });
  await monitor.worker({ until: { type: "drained" } }).run();
  await sink.close();
  return report.succeeded === JOBS ? 0 : 1;
}

/** Prints the events that a sink gets. */
function telling(sink: EventSink): EventSink {
  return {
    ...sink,
    async write(events) {
      await sink.write(events);
      for (const event of events) say(`${sink.kind}: ${nameOf(event)}`);
    },
  };
}

function nameOf(event: HistoryEvent): string {
  return "job" in event ? `${event.type} ${event.job.task}` : event.type;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
