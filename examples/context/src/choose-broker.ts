import { memory } from "@jobs/adapter-memory";
import { sqlite } from "@jobs/adapter-sqlite";
import { sqs } from "@jobs/adapter-sqs";
import type { Broker } from "@jobs/core/broker";

const BROKERS: Readonly<Record<string, () => Broker>> = {
  memory: () => memory(),
  sqlite: () => sqlite({ file: ".jobs/jobs.db" }),
  // The AWS SDK finds region, endpoint and credentials.
  sqs: () => sqs(),
};

/** The broker of a kind; `undefined` for a kind that this example does not know. */
export function chooseBroker(kind: string): Broker | undefined {
  return Object.hasOwn(BROKERS, kind) ? BROKERS[kind]?.() : undefined;
}

/** The kinds that {@link chooseBroker} knows. */
export const BROKER_KINDS: readonly string[] = Object.keys(BROKERS);
