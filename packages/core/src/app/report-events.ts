import type { BrokerQueue } from "../broker/broker.ts";
import { fullQueueName } from "../broker/queue-name.ts";
import type { AppConfig } from "../config/app-config.ts";
import type { JsonValue } from "../envelope/envelope.ts";
import { createEventPublisher, type EventPublisher } from "../monitor/event-publisher.ts";
import { MONITOR_TASK, monitorTask } from "../monitor/monitor-task.ts";
import type { Producer } from "../producer/producer.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { identify } from "./identity.ts";

/** What reporting works with. */
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

  /** Where the broker orders groups, all events of one source stay in order; elsewhere their numbers tell it. */
  async function send(events: readonly JsonValue[], batchId: string): Promise<void> {
    const { capabilities } = await openQueue(fullQueueName(queuePrefix, queue ?? ""));
    await producer.forward(
      {
        id: batchId,
        task: MONITOR_TASK,
        params: { events },
        sig: monitorTask.signature.fingerprint,
        queue: queue ?? "",
        ...(capabilities.groups === "ordered" ? { groupKey: source } : {}),
      },
      { headers: {} },
    );
  }

  const place = { broker, queue: fullQueueName(queuePrefix, queue) };
  return createEventPublisher({ source, place, runtime, send });
}
