import { type App, createApp, defineTask, handle } from "@jobs/core";
import type { Broker, ResultStore } from "@jobs/core/broker";

/** A task that does nothing, with one parameter to check. */
export const noop = defineTask("noop", { n: "integer" });

/** The same with a text, for jobs of any size. */
export const letter = defineTask("letter", { text: "string" });

/** An app with both tasks. */
export type NoopApp = App<[typeof noop, typeof letter]>;

/** An app whose handlers only call `onRun`, and wait for what that returns. */
export function createNoopApp(broker: Broker, onRun: () => unknown, results?: ResultStore): NoopApp {
  return createApp({
    broker,
    tasks: [noop, letter],
    handlers: [handle(noop, onRun), handle(letter, onRun)],
    ...(results === undefined ? {} : { results }),
  });
}

/** Stores `jobs` jobs as fast as possible, all with `text` where there is one. @throws the first refusal. */
export async function fill(app: App<[typeof noop]> | NoopApp, jobs: number, text?: string): Promise<void> {
  for (let sent = 0; sent < jobs; sent += 1_000) {
    const items = Array.from({ length: Math.min(1_000, jobs - sent) }, (_, n) =>
      text === undefined ? ([noop, { n }] as const) : ([letter, { text }] as const),
    );
    for (const result of await app.enqueueMany(items)) if (result.status === "refused") throw result.error;
  }
}
