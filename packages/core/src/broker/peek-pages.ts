import { optionsCheck, required } from "../options/check-options.ts";
import { either, endless, whole } from "../options/option-rules.ts";
import type { BrokerQueue } from "./broker.ts";
import { STATE_RULE } from "./check-queue-options.ts";
import type { PeekedState, PeekPage, ScanPage } from "./stored-message.ts";

/** Which messages to read. */
export interface PeekPagesOptions {
  readonly state: PeekedState;
  /** The most messages of one request. */
  readonly pageSize: number;
  /** The most messages in all. Default: no limit. */
  readonly limit?: number;
}

const checkOptions = optionsCheck<PeekPagesOptions>({
  state: required(STATE_RULE),
  pageSize: required(whole(1)),
  limit: either(whole(1), endless),
});

/**
 * Reads the messages in a state page by page, in the order of the broker. The last page has a `nextCursor` only when the
 * limit ended the reading. Removing messages that were already read does not disturb it.
 * @throws ConfigError for options that cannot be used · as `peek` does
 */
export async function* peekPages(
  queue: Pick<BrokerQueue, "peek">,
  options: PeekPagesOptions,
): AsyncGenerator<PeekPage> {
  checkOptions(options, "peekPages");
  const { state, pageSize, limit = Number.POSITIVE_INFINITY } = options;
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

/**
 * Reads ids and bodies of the messages in a state, page by page. It is the quick way for readers of all messages: the
 * broker already reads the next page while this one is used.
 * @throws ConfigError for options that cannot be used · as `peek` does
 */
export async function* scanPages(
  queue: Pick<BrokerQueue, "peek" | "scan">,
  options: PeekPagesOptions,
): AsyncGenerator<ScanPage> {
  checkOptions(options, "scanPages");
  const { state, pageSize, limit = Number.POSITIVE_INFINITY } = options;
  const read = (max: number, cursor?: string): Promise<ScanPage> => {
    const asked = { state, limit: Math.min(pageSize, max), ...(cursor === undefined ? {} : { cursor }) };
    return queue.scan === undefined ? queue.peek(asked) : queue.scan(asked);
  };
  let left = limit;
  let coming: Promise<ScanPage> | undefined = read(left);
  while (coming !== undefined) {
    const page: ScanPage = await coming;
    left -= page.messages.length;
    coming = page.nextCursor === undefined || left <= 0 ? undefined : read(left, page.nextCursor);
    // A reader that stops here never awaits it.
    coming?.catch(() => {});
    yield page;
  }
}
