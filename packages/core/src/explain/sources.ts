import type { Broker, BrokerQueue } from "../broker/broker.ts";
import { fullQueueName } from "../broker/queue-name.ts";
import type { AppConfig } from "../config/app-config.ts";
import type { AppCoordination } from "../coordination/open-coordination.ts";
import type { HistoryStore } from "../history/history-store.ts";
import type { ResultStore } from "../results/result-store.ts";
import type { TaskRegistry } from "../task/registry.ts";

/** What an explanation reads. It changes nothing there. */
export interface ExplainSources {
  readonly broker: Pick<Broker, "kind" | "reach" | "foreignQueues">;
  readonly config: AppConfig;
  readonly tasks: TaskRegistry;
  readonly results: ResultStore | undefined;
  readonly history: HistoryStore | undefined;
  readonly appCoordination: AppCoordination;
  /** Names without prefix of the queues to search. */
  readonly queues: readonly string[];
  /** Opens a queue by its name without prefix. */
  openQueue(name: string): Promise<BrokerQueue>;
  /** ms since 1970. */
  now(): number;
}

/** Whether workers of another system may run the jobs of a queue. They write no heartbeat. */
export function isForeign({ broker, config }: ExplainSources, queue: string): boolean {
  return broker.foreignQueues?.has(fullQueueName(config.queuePrefix, queue)) ?? false;
}
