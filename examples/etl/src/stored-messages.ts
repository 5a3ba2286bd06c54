import type { App } from "@jobs/core";
import type { MessageState, StoredMessage } from "@jobs/core/broker";

/** Every message of `queue` in one of `states`. */
export async function* storedMessages(
  app: App,
  queue: string,
  states: readonly MessageState[],
): AsyncGenerator<StoredMessage> {
  const opened = await app.queue(queue);
  for (const state of states) {
    let cursor: string | undefined;
    do {
      const page = await opened.peek({ state, limit: 500, ...(cursor === undefined ? {} : { cursor }) });
      yield* page.messages;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }
}
