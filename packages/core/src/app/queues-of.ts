import { routedQueue } from "../broker/queue-name.ts";
import type { AppConfig } from "../config/app-config.ts";
import type { TaskRegistry } from "../task/registry.ts";

/** Names of all queues an app sends to, without prefix, sorted: those of its tasks, those it declares, and the monitor's. */
export function queuesOf(
  { tasks }: TaskRegistry,
  config: AppConfig,
  declared: readonly string[] = [],
): readonly string[] {
  const names = tasks.map((task) => {
    const { queue, domain } = config.task(task.name);
    return routedQueue(queue, domain);
  });
  const { monitor } = config;
  return [...new Set([...names, ...declared, ...(monitor === undefined ? [] : [monitor])])].sort();
}
