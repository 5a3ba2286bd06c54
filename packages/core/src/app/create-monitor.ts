import type { Broker } from "../broker/broker.ts";
import type { ConfigLayer } from "../config/config-layer.ts";
import type { MonitorSink } from "../monitor/monitor-event.ts";
import { monitorTask } from "../monitor/monitor-task.ts";
import { writeEvents } from "../monitor/write-events.ts";
import { createRuntime, type Runtime } from "../runtime/runtime.ts";
import type { App } from "./app.ts";
import { createApp } from "./create-app.ts";

/** What a monitor reads and where it writes. */
export interface MonitorOptions {
  /** Left out where flags, environment or a configuration file supply it. */
  readonly broker?: Broker;
  readonly sink: MonitorSink;
  /** The queue that the watched app reports to: its setting `monitor`. Default `monitor`. */
  readonly queue?: string;
  /** As the watched app's. */
  readonly queuePrefix?: string;
  readonly runtime?: Partial<Runtime>;
  /** Sources of settings, as for `createApp`. */
  readonly settings?: readonly ConfigLayer[];
}

/** An app whose worker writes the events of another one to a sink: `await createMonitor({ broker, sink }).worker().run()`. */
export function createMonitor(options: MonitorOptions): App {
  const { broker, sink, queue = "monitor", queuePrefix, runtime: given, settings } = options;
  const runtime = createRuntime(given);
  return createApp({
    runtime,
    ...(broker === undefined ? {} : { broker }),
    tasks: [monitorTask],
    handlers: writeEvents(sink, runtime),
    routes: { [monitorTask.name]: queue },
    ...(queuePrefix === undefined ? {} : { queuePrefix }),
    ...(settings === undefined ? {} : { settings }),
  });
}
