import type { App, BrokerQueue } from "@jobs/core";

/** A queue with the name people use; the broker's own name may carry a prefix. */
export interface SelectedQueue {
  readonly name: string;
  readonly queue: BrokerQueue;
}

/** Opens the queues named, else all of the app, else `default`. @throws QueueNotFoundError where queues must exist beforehand. */
export async function selectQueues(
  app: App,
  names: readonly string[] = [],
): Promise<readonly SelectedQueue[]> {
  const wanted = [names, app.queues, ["default"]].find((list) => list.length > 0) ?? [];
  return Promise.all(wanted.map(async (name) => ({ name, queue: await app.queue(name) })));
}
