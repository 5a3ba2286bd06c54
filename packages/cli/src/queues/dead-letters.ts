import { peekPages, type StoredMessage } from "@jobs/core/broker";
import type { SelectedQueue } from "./selected-queues.ts";

/** Dead letters read in one request. */
const PAGE = 500;

/** All dead letters of a queue, oldest first, at most `limit`. Removing those already seen does not disturb it. */
export async function* deadLetters({ queue }: SelectedQueue, limit?: number): AsyncGenerator<StoredMessage> {
  const options = { state: "dead", pageSize: PAGE, ...(limit === undefined ? {} : { limit }) } as const;
  for await (const { messages } of peekPages(queue, options)) yield* messages;
}
