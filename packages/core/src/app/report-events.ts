import { hostname } from "node:os";
import type { BrokerQueue } from "../broker/broker.ts";
import { fullQueueName } from "../broker/queue-name.ts";
import type { AppConfig } from "../config/app-config.ts";
import type { JsonValue } from "../envelope/envelope.ts";
import { createEventNumbers, MESSAGE_BATCH, STORE_BATCH } from "../history/event-buffer.ts";
import { createEventPublisher, type EventPublisher } from "../history/event-publisher.ts";
import type { HistoryEvent } from "../history/history-event.ts";
import type { HistoryStore } from "../history/history-store.ts";
import { MONITOR_TASK, monitorTask } from "../history/monitor-task.ts";
import { keptJson } from "../job/kept-json.ts";
import type { LifecycleEvent, Observer } from "../job/lifecycle.ts";
import type { Producer } from "../producer/producer.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** The parts of an app that report its events. */
export interface ReportParts {
  readonly producer: Producer;
  readonly config: AppConfig;
  readonly history: HistoryStore | undefined;
  readonly runtime: Runtime;
  /** Kind of the broker. */
  readonly broker: string;
  openQueue(fullName: string): Promise<BrokerQueue>;
}

/** Sends the events of an app to those who want them. */
export interface EventReporter {
  /** Left out if nobody wants them. */
  readonly observe?: Observer;
  /** Sends them to the queue that the setting `monitor` names. */
  readonly monitor: EventPublisher | undefined;
  /** Sends waiting events; gives up after 5 s. */
  close(): Promise<void>;
}

/** Sends the events of an app to its monitor's queue and to its history store, as far as it has them. */
export function reportEvents(parts: ReportParts): EventReporter {
  const { history, config, runtime } = parts;
  if (history === undefined && config.monitor === undefined)
    return { monitor: undefined, close: async () => {} };
  const source = identify(runtime);
  const monitor = config.monitor === undefined ? undefined : monitorPublisher(parts, config.monitor, source);
  const publishers = [monitor, history && historyPublisher(history, runtime)].filter(
    (one) => one !== undefined,
  );
  return {
    monitor,
    ...(publishers.length === 0 ? {} : { observe: observerFor(publishers, source, runtime) }),
    async close() {
      await Promise.all(publishers.map((publisher) => publisher.close()));
    },
  };
}

/** Numbers each event once for all publishers. */
function observerFor(publishers: readonly EventPublisher[], source: string, runtime: Runtime): Observer {
  const numbered = createEventNumbers(source);
  return (event) => {
    if ("job" in event && event.job.task === MONITOR_TASK) return;
    const one = numbered(asReported(event, runtime));
    for (const publisher of publishers) publisher.add(one);
  };
}

/** Converts progress to JSON, and removes the parameters of a failed run, which are only for the worker's log. */
function asReported(event: LifecycleEvent, runtime: Runtime): LifecycleEvent {
  if (event.type === "job.progress") {
    const given = { job: event.job, name: "progress", loss: "null is kept in its place" } as const;
    return { ...event, progress: keptJson(event.progress, given, runtime) };
  }
  if (event.type !== "job.failed" || event.params === undefined) return event;
  const { params: _, ...reported } = event;
  return reported;
}

function historyPublisher(history: HistoryStore, runtime: Runtime): EventPublisher {
  return createEventPublisher({
    name: "history",
    target: { broker: history.kind, role: "history store" },
    runtime,
    limits: STORE_BATCH,
    send: (events) => history.write(events as unknown as readonly HistoryEvent[]),
  });
}

function monitorPublisher(
  { producer, config: { queuePrefix }, runtime, broker, openQueue }: ReportParts,
  queue: string,
  source: string,
): EventPublisher {
  const fullName = fullQueueName(queuePrefix, queue);

  /**
   * On a broker with ordered groups, the events of each job are a separate group. So they stay in order, whichever
   * processes send them. Elsewhere their numbers show the order.
   */
  async function send(events: readonly JsonValue[], batchId: string): Promise<void> {
    const { capabilities } = await openQueue(fullName);
    if (capabilities.groups !== "ordered") return forward(events, { id: batchId });
    const groups = [...groupByJob(events, source)];
    await Promise.all(
      // The same batch has the same ids when it is sent again.
      groups.map(([groupKey, own], index) => forward(own, { id: `${batchId}-${index}`, groupKey })),
    );
  }

  async function forward(
    events: readonly JsonValue[],
    identity: { readonly id: string; readonly groupKey?: string },
  ): Promise<void> {
    const sig = monitorTask.signature.fingerprint;
    const job = { ...identity, task: MONITOR_TASK, params: { events }, sig, queue };
    await producer.forward(job, { headers: {} });
  }

  const target = { broker, queue: fullName };
  return createEventPublisher({ name: "monitor", target, runtime, limits: MESSAGE_BATCH, send });
}

/** Events by the id of their job; those of a worker by their source. */
function groupByJob(events: readonly JsonValue[], source: string): ReadonlyMap<string, readonly JsonValue[]> {
  const groups = new Map<string, JsonValue[]>();
  for (const event of events) {
    const { job } = event as { readonly job?: { readonly id: string } };
    const key = job?.id ?? source;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [event]);
    else group.push(event);
  }
  return groups;
}

/** An identity for events, leases and logs: `host:pid:random`. */
export function identify(runtime: Runtime): string {
  return `${hostname()}:${process.pid}:${runtime.ids().slice(-8)}`;
}
