import { ConfigError } from "@jobs/core";
import type { PeekOptions, PeekPage, StoredMessage } from "@jobs/core/broker";
import type { MessageRecord } from "./message-record.ts";
import type { Session } from "./session.ts";

/**
 * One page of the messages in a state, in the order of sending. The cursor is the number of the last one. So messages
 * that come and go between two pages neither repeat nor hide others.
 * @throws ConfigError for a cursor that no page gave.
 */
export function peekPage(session: Session, options: PeekOptions): PeekPage {
  const { limit } = options;
  const after = cursorNumber(options.cursor);
  const records: MessageRecord[] = [];
  for (const record of candidates(session, options.id)) {
    if (record.state !== options.state || record.order <= after) continue;
    records.push(record);
    if (records.length > limit) break;
  }
  const page = records.slice(0, limit);
  const messages = page.map((record) => describe(session, record));
  const last = page.at(-1);
  return records.length > limit && last !== undefined
    ? { messages, nextCursor: String(last.order) }
    : { messages };
}

function cursorNumber(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new ConfigError("peek: the cursor is not from an earlier page.");
}

function candidates({ queue: { state } }: Session, id: string | undefined): Iterable<MessageRecord> {
  if (id === undefined) return state.values();
  const record = state.find(id);
  return record === undefined ? [] : [record];
}

function describe({ capabilities, clock }: Session, record: MessageRecord): StoredMessage {
  const { history } = record;
  const wallOffset = clock.now() - clock.monotonic();
  return {
    messageId: record.messageId,
    label: record.label,
    body: record.body,
    state: record.state,
    deliveryCount: history.deliveryCount,
    failureCount: capabilities.failureCount === "exact" ? history.failureCount : null,
    crashCount: capabilities.crashCount === "exact" ? history.crashCount : null,
    priority: record.priority,
    dueAt: Math.round(record.at + wallOffset),
    redrives: history.redrives,
    ...(record.state === "leased" && history.holder !== undefined ? { holder: history.holder } : {}),
    ...(history.lastError === undefined ? {} : { lastError: history.lastError }),
    ...(history.dead === undefined ? {} : { dead: history.dead }),
  };
}
