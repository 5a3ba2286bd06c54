import type { App } from "@jobs/core";
import { peekPages, type StoredMessage } from "@jobs/core/broker";
import { type DeadFilter, deadKey, fitsFilter } from "@jobs/core/runtime";
import type { SelectedQueue } from "./selected-queues.ts";

/** Dead letters read in one request. */
const PAGE = 500;

/** Which dead letters of a queue are meant. */
export interface MeantLetters {
  /** At most this many. Default: all. */
  readonly limit?: number | undefined;
  /** With the app that reads them. Default: all. */
  readonly filter?: DeadFilter;
  readonly app?: App;
}

/** The meant dead letters of a queue, oldest first. Removing those already seen does not disturb it. */
export async function* deadLetters(
  { queue }: SelectedQueue,
  { limit = Number.POSITIVE_INFINITY, filter = {}, app }: MeantLetters = {},
): AsyncGenerator<StoredMessage> {
  const isFiltered = Object.values(filter).some((part) => part !== undefined);
  const options = { state: "dead", pageSize: PAGE, ...(isFiltered ? {} : { limit }) } as const;
  let left = limit;
  for await (const { messages } of peekPages(queue, options)) {
    for (const message of messages) {
      if (app !== undefined && !fitsFilter(deadKey(message, app), filter)) continue;
      yield message;
      if (--left === 0) return;
    }
  }
}
