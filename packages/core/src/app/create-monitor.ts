import type { Broker } from "../broker/broker.ts";
import type { ConfigLayer } from "../config/config-layer.ts";
import type { EventSink } from "../history/history-event.ts";
import { monitorTask, writeEvents } from "../history/monitor-task.ts";
import { optionsCheck, required } from "../options/check-options.ts";
import { broker as BROKER, having, text, textOrEmpty } from "../options/option-rules.ts";
import { createRuntime, type RuntimeParts } from "../runtime/runtime.ts";
import type { App } from "./app.ts";
import { LAYERS, RUNTIME } from "./app-options.ts";
import { createApp } from "./create-app.ts";

/** Options of {@link createMonitor}. */
export interface MonitorOptions {
  /** Left out where flags, environment or a configuration file supply it. */
  readonly broker?: Broker;
  /** Where the events are written. */
  readonly sink: EventSink;
  /** The queue that the watched app reports to: its setting `monitor`. Default `monitor`. */
  readonly queue?: string;
  /** The same as in the watched app. */
  readonly queuePrefix?: string;
  readonly runtime?: RuntimeParts;
  /** Sources of settings, as for `createApp`. */
  readonly settings?: readonly ConfigLayer[];
}

const checkMonitorOptions = optionsCheck<MonitorOptions>({
  broker: BROKER,
  sink: required(having("a sink of events, such as sqliteHistory({ file })", "write", "close")),
  queue: text,
  queuePrefix: textOrEmpty,
  runtime: RUNTIME,
  settings: LAYERS,
});

/**
 * An app whose worker writes the events of another one to a sink.
 * @example await createMonitor({ broker, sink }).worker().run()
 * @throws ConfigError for options that cannot be used
 */
export function createMonitor(options: MonitorOptions): App {
  checkMonitorOptions(options, "createMonitor");
  const { broker, sink, queue = "monitor", queuePrefix, runtime: given, settings } = options;
  const runtime = createRuntime(given);
  return createApp({
    ...(given === undefined ? {} : { runtime: given }),
    ...(broker === undefined ? {} : { broker }),
    tasks: [monitorTask],
    handlers: writeEvents(sink, runtime),
    routes: { [monitorTask.name]: queue },
    ...(queuePrefix === undefined ? {} : { queuePrefix }),
    ...(settings === undefined ? {} : { settings }),
  });
}
