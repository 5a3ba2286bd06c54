import type { App } from "@jobs/core";
import type { BrokerQueue } from "@jobs/core/broker";
import { didYouMean } from "@jobs/core/runtime";
import { printable } from "../output/printable.ts";
import { writeNow } from "../output/write-now.ts";

/** A queue with the name people use; the broker's own name may carry a prefix. */
export interface SelectedQueue {
  readonly name: string;
  readonly queue: BrokerQueue;
}

/** Warns of queues that no task of the app uses: most are typing errors. An app without tasks gives no warning. */
export function warnOfUnused(app: App, names: readonly string[]): void {
  const known = app.queues;
  if (app.tasks.tasks.length === 0) return;
  for (const name of names) {
    if (known.includes(name)) continue;
    const suggestion = didYouMean(name, known);
    const hint =
      suggestion === undefined ? `Queues in use: ${known.join(", ")}.` : `Did you mean ${suggestion}?`;
    writeNow(2, `warning: no task uses the queue ${JSON.stringify(printable(name))}. ${hint}\n`);
  }
}

/** Opens the queues named, else all of the app, else `default`. @throws QueueNotFoundError where queues must exist beforehand. */
export async function selectQueues(
  app: App,
  names: readonly string[] = [],
): Promise<readonly SelectedQueue[]> {
  warnOfUnused(app, names);
  const wanted = [names, app.queues, ["default"]].find((list) => list.length > 0) ?? [];
  return Promise.all(wanted.map(async (name) => ({ name, queue: await app.queue(name) })));
}
