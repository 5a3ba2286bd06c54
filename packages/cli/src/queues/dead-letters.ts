import type { App } from "@jobs/core";
import { type HiddenLetters, peekPages, type StoredMessage } from "@jobs/core/broker";
import { countOf, formatDuration } from "@jobs/core/config";
import { type DeadFilter, deadKey, fitsFilter } from "@jobs/core/runtime";
import { warn } from "../output/warn.ts";
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
  { name, queue }: SelectedQueue,
  { limit = Number.POSITIVE_INFINITY, filter = {}, app }: MeantLetters = {},
): AsyncGenerator<StoredMessage> {
  const isFiltered = Object.values(filter).some((part) => part !== undefined);
  const options = { state: "dead", pageSize: PAGE, ...(isFiltered ? {} : { limit }) } as const;
  let left = limit;
  for await (const { messages, hidden } of peekPages(queue, options)) {
    warnOfHidden(name, hidden);
    for (const message of messages) {
      if (app !== undefined && !fitsFilter(deadKey(message, app), filter)) continue;
      yield message;
      if (--left === 0) return;
    }
  }
}

/** Warns of dead letters that a broker could not show, such as SQS while somebody else reads them. */
export function warnOfHidden(queue: string, hidden: HiddenLetters | undefined): void {
  if (hidden === undefined) return;
  const { n, forMs } = hidden;
  warn(
    `${queue}: about ${countOf(n, "further dead letter")} cannot be seen: another command reads them, or an answer was lost. Repeat the command in ${formatDuration(forMs)}.`,
  );
}
