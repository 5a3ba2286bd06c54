import type { Delivery, Settlement } from "@jobs/core/broker";
import { letter, SqsWorld, type WorldOptions } from "./sqs-world.ts";

/** What SQS is sent where an entry is refused for good. */
export const NO = { name: "InvalidParameterValue", message: "no", isSender: true };

/** A world whose queue packs up to ten jobs into a message. */
export function openBundles(options: WorldOptions = {}): Promise<SqsWorld> {
  return SqsWorld.open({ broker: { jobsPerMessage: 10 }, ...options });
}

/** Bodies in one order. */
export function bodies(deliveries: readonly { readonly body: string }[]): readonly string[] {
  return deliveries.map(({ body }) => body).sort();
}

/** The bodies of jobs by their ids. */
export function bodiesOf(...ids: readonly string[]): readonly string[] {
  return ids.map((id) => letter(id).body);
}

/** Settlements of jobs that are done. */
export function acks(deliveries: readonly Delivery[]): readonly Settlement[] {
  return deliveries.map((delivery) => ({ delivery, action: "ack" }));
}

/** How many messages the queue has: ready, delayed and leased. */
export async function countsOf({ queue }: SqsWorld): Promise<readonly (number | null)[]> {
  const { ready, delayed, leased } = await queue.stats();
  return [ready.n, delayed.n, leased.n];
}
