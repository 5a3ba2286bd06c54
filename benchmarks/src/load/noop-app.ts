import { type App, createApp, defineTask, handle } from "@jobs/core";
import type { Broker, ResultStore } from "@jobs/core/broker";

/** A task that does nothing, with one parameter to check. */
export const noop = defineTask("noop", { n: "integer" });

/** An app with one task, whose handler only calls `onRun`. */
export function createNoopApp(broker: Broker, onRun: () => void, results?: ResultStore): App<[typeof noop]> {
  return createApp({
    broker,
    tasks: [noop],
    handlers: [handle(noop, onRun)],
    ...(results === undefined ? {} : { results }),
  });
}

/** Stores `jobs` jobs as fast as possible. @throws the first refusal. */
export async function fill(app: App<[typeof noop]>, jobs: number): Promise<void> {
  for (let sent = 0; sent < jobs; sent += 1_000) {
    const items = Array.from({ length: Math.min(1_000, jobs - sent) }, (_, n) => [noop, { n }] as const);
    for (const result of await app.enqueueMany(items)) if (result.status === "refused") throw result.error;
  }
}
