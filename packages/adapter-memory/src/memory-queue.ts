import {
  type BrokerQueue,
  type Capabilities,
  type Count,
  type OutgoingMessage,
  type PeekOptions,
  type PeekPage,
  type QueueStats,
  type RedriveOptions,
  type RemoveResult,
  type RestoredMessage,
  type SendResult,
  type StoredMessage,
  wrongCursor,
} from "@jobs/core/broker";
import { type MessageRecord, UNTOUCHED } from "./message-record.ts";
import { beginCall, type Session } from "./session.ts";

/** Opens a queue of the session's storage for sending and administration. */
export function createMemoryQueue(session: Session): BrokerQueue {
  const { state, waiting } = session.queue;

  return {
    name: session.name,
    capabilities: session.capabilities,
    async send(messages) {
      const nowAt = beginCall(session);
      const results = messages.map((message) => sendOne(session, message, nowAt));
      waiting.changed();
      return results;
    },
    async restore(messages) {
      const nowAt = beginCall(session);
      const results = messages.map((message) => restoreOne(session, message, nowAt));
      waiting.changed();
      return results;
    },
    async stats() {
      return statsOf(session, beginCall(session));
    },
    async peek(options) {
      beginCall(session);
      return peekPage(session, options);
    },
    async remove(ids) {
      beginCall(session);
      return ids.map((id) => removeOne(session, id));
    },
    async pause() {
      beginCall(session);
      state.isPaused = true;
    },
    async resume() {
      beginCall(session);
      state.isPaused = false;
      waiting.changed();
    },
    async purge() {
      beginCall(session);
      for (const record of state.values()) {
        if (record.state === "ready" || record.state === "delayed") state.remove(record);
      }
    },
    async redrive(options: RedriveOptions) {
      return redriveDead(session, options, beginCall(session));
    },
  };
}

function sendOne(session: Session, message: OutgoingMessage, nowAt: number): SendResult {
  const { capabilities, storage } = session;
  const { state } = session.queue;
  const isTaken = state.find(message.id) !== undefined;
  if (isTaken && capabilities.dedupe !== false) return { status: "duplicate", messageId: message.id };
  const order = storage.nextNumber();
  // A job's id has no "~", so such a name is free.
  const messageId = isTaken ? `${message.id}~${order}` : message.id;
  state.add(message, messageId, order, { nowAt, dueAt: nowAt + (message.delayMs ?? 0) });
  return { status: "sent", messageId };
}

/** Stores a message of another broker. */
function restoreOne(session: Session, message: RestoredMessage, nowAt: number): SendResult {
  const { state } = session.queue;
  const result = sendOne(session, message, nowAt);
  if (result.status !== "sent") return result;
  const record = state.find(result.messageId) as MessageRecord;
  record.history = restoredHistory(message, session.capabilities);
  const { dead } = message;
  if (dead !== undefined) state.deadLetter(record, dead.reason, dead.at, dead.error);
  return result;
}

/** A broker that keeps no failures or crashes counts them as deliveries. */
function restoredHistory(message: RestoredMessage, keeps: Capabilities): MessageRecord["history"] {
  const { deliveryCount, failureCount, crashCount, redrives, lastError } = message;
  const isExact = keeps.failureCount === "exact";
  return {
    ...UNTOUCHED,
    deliveryCount: isExact ? deliveryCount : failureCount + crashCount,
    failureCount,
    crashCount,
    redrives,
    lastError,
  };
}

function removeOne({ queue: { state } }: Session, id: string): RemoveResult {
  const record = state.find(id);
  if (record === undefined) return { id, status: "not_found" };
  if (record.state === "leased") return { id, status: "leased" };
  state.remove(record);
  return { id, status: "removed" };
}

function statsOf({ queue: { state }, capabilities }: Session, nowAt: number): QueueStats {
  const { ready, delayed, leased, dead } = state.counts;
  const exact = capabilities.stats === "exact";
  const count = (n: number): Count => ({ n, exact });
  const oldestReadyAt = state.oldestReadyAt;
  return {
    ready: count(ready),
    delayed: count(delayed),
    leased: count(leased),
    dead: count(dead),
    entered: count(state.entered),
    oldestReadyMs: oldestReadyAt === undefined ? null : nowAt - oldestReadyAt,
    isPaused: state.isPaused,
  };
}

/**
 * One page of the messages in a state, in the order of sending. The cursor is the number of the last one. So messages
 * that come and go between two pages neither repeat nor hide others.
 * @throws ConfigError for a cursor that no page gave.
 */
function peekPage(session: Session, options: PeekOptions): PeekPage {
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
  throw wrongCursor();
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
    ...(record.state === "leased" ? leaseOf(record, wallOffset) : {}),
    ...(history.lastError === undefined ? {} : { lastError: history.lastError }),
    ...(history.dead === undefined ? {} : { dead: history.dead }),
  };
}

/** The time of a leased message is the end of its lease. */
function leaseOf({ at, history: { holder } }: MessageRecord, wallOffset: number): Partial<StoredMessage> {
  const leaseUntil = Math.round(at + wallOffset);
  return holder === undefined ? { leaseUntil } : { holder, leaseUntil };
}

/** Redrives dead letters. One whose id is already stored in the other queue stays, so that nothing is overwritten. */
function redriveDead(session: Session, options: RedriveOptions, nowAt: number): { readonly moved: number } {
  const { state } = session.queue;
  const target = options.to === undefined ? session.queue : session.storage.queue(options.to);
  let moved = 0;
  for (const record of chosen(session, options.ids)) {
    if (moved === options.limit) break;
    if (target.state !== state && target.state.find(record.messageId) !== undefined) continue;
    record.body = options.bodies?.get(record.messageId) ?? record.body;
    state.revive(record, target.state, nowAt);
    moved++;
  }
  target.waiting.changed();
  return { moved };
}

function chosen({ queue: { state } }: Session, ids: readonly string[] | undefined): Iterable<MessageRecord> {
  if (ids === undefined) return state.deadLetters();
  return [...new Set(ids)].flatMap((id) => {
    const record = state.find(id);
    return record?.state === "dead" ? [record] : [];
  });
}
