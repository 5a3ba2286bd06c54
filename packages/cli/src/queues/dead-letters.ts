import type { StoredMessage } from "@jobs/core/broker";
import type { SelectedQueue } from "./selected-queues.ts";

/** Dead letters read in one request. */
const PAGE = 500;

/** All dead letters of a queue, oldest first, at most `limit`. Removing those already seen does not disturb it. */
export async function* deadLetters(
  { queue }: SelectedQueue,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<StoredMessage> {
  let left = limit;
  let cursor: string | undefined;
  do {
    const page = await queue.peek({
      state: "dead",
      limit: Math.min(PAGE, left),
      ...(cursor === undefined ? {} : { cursor }),
    });
    yield* page.messages;
    left -= page.messages.length;
    cursor = page.nextCursor;
  } while (cursor !== undefined && left > 0);
}
