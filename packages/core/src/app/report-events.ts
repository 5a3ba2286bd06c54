import { hostname } from "node:os";
import type { BrokerQueue } from "../broker/broker.ts";
import { fullQueueName } from "../broker/queue-name.ts";
import type { AppConfig } from "../config/app-config.ts";
import type { JsonValue } from "../envelope/envelope.ts";
import { createEventPublisher, type EventPublisher } from "../monitor/event-publisher.ts";
import { MONITOR_TASK, monitorTask } from "../monitor/monitor-task.ts";
import type { Producer } from "../producer/producer.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** The parts of an app that report its events. */
export interface ReportParts {
  readonly producer: Producer;
  readonly config: AppConfig;
  readonly runtime: Runtime;
  /** Kind of the broker. */
  readonly broker: string;
  openQueue(fullName: string): Promise<BrokerQueue>;
}

/** Sends the events of an app to its monitor's queue; `undefined` where the setting `monitor` names none. */
export function reportEvents({
  producer,
  config,
  runtime,
  broker,
  openQueue,
}: ReportParts): EventPublisher | undefined {
  const { monitor: queue, queuePrefix } = config;
  if (queue === undefined) return undefined;
  const source = identify(runtime);

  /**
   * On a broker with ordered groups, the events of each job are a separate group. So they stay in order, whichever
   * processes send them. Elsewhere their numbers show the order.
   */
  async function send(events: readonly JsonValue[], batchId: string): Promise<void> {
    const { capabilities } = await openQueue(fullQueueName(queuePrefix, queue ?? ""));
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
    const job = { ...identity, task: MONITOR_TASK, params: { events }, sig, queue: queue ?? "" };
    await producer.forward(job, { headers: {} });
  }

  const target = { broker, queue: fullQueueName(queuePrefix, queue) };
  return createEventPublisher({ source, target, runtime, send });
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
