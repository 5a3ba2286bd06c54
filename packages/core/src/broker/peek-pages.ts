import type { BrokerQueue } from "./broker.ts";
import type { PeekedState, PeekPage } from "./stored-message.ts";

/** Which messages to read. */
export interface PeekPagesOptions {
  readonly state: PeekedState;
  /** The most messages of one request. */
  readonly pageSize: number;
  /** The most messages in all. Default: no limit. */
  readonly limit?: number;
}

/**
 * Reads the messages in a state page by page, in the order of the broker. The last page has a `nextCursor` only when the
 * limit ended the reading. Removing messages that were already read does not disturb it.
 * @throws as `peek` does
 */
export async function* peekPages(
  queue: Pick<BrokerQueue, "peek">,
  { state, pageSize, limit = Number.POSITIVE_INFINITY }: PeekPagesOptions,
): AsyncGenerator<PeekPage> {
  let cursor: string | undefined;
  let left = limit;
  do {
    const asked = { state, limit: Math.min(pageSize, left) };
    const page = await queue.peek(cursor === undefined ? asked : { ...asked, cursor });
    yield page;
    left -= page.messages.length;
    cursor = page.nextCursor;
  } while (cursor !== undefined && left > 0);
}
