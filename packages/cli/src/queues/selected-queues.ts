import type { App } from "@jobs/core";
import {
  type BrokerQueue,
  FAILOVER_QUEUE,
  INBOX_QUEUE,
  OUTBOX_QUEUE,
  routedQueue,
  unusedQueue,
} from "@jobs/core/broker";
import { warn } from "../output/warn.ts";

/** A queue with the name people use; the broker's own name may carry a prefix. */
export interface SelectedQueue {
  readonly name: string;
  readonly queue: BrokerQueue;
}

/** Queues of a store that no worker of a task reads. Their names have no prefix. */
export const STORE_QUEUES: readonly string[] = [OUTBOX_QUEUE, FAILOVER_QUEUE, INBOX_QUEUE];

/** Warns of queues that no task of the app uses: most are typing errors. An app without tasks gives no warning. */
export function warnOfUnused(app: App, names: readonly string[]): void {
  const known = app.queues;
  if (app.tasks.tasks.length === 0) return;
  for (const name of names) {
    if (known.includes(name) || STORE_QUEUES.includes(name)) continue;
    const { message, hint } = unusedQueue(name, known);
    warn(`${message} ${hint}`);
  }
}

/** The queue and domain that a job names instead of its task's. */
export interface Route {
  readonly queue?: string | undefined;
  readonly domain?: string | undefined;
}

/** The same warning for the queue that a job names itself. The queue of a task's settings is always in use. */
export function warnOfUnusedRoute(app: App, task: string, { queue, domain }: Route): void {
  if (queue === undefined && domain === undefined) return;
  const settings = app.config.task(task);
  warnOfUnused(app, [routedQueue(queue ?? settings.queue, domain ?? settings.domain)]);
}

/**
 * Opens the named queues, else all of the app, else `default`. @throws QueueNotFoundError if one must exist
 * beforehand and does not.
 */
export async function selectQueues(
  app: App,
  names: readonly string[] = [],
): Promise<readonly SelectedQueue[]> {
  warnOfUnused(app, names);
  const wanted = [names, app.queues, ["default"]].find((list) => list.length > 0) ?? [];
  return Promise.all(wanted.map(async (name) => ({ name, queue: await app.queue(name) })));
}
