import type {
  BrokerQueue,
  Count,
  OutgoingMessage,
  QueueStats,
  RedriveOptions,
  RemoveResult,
  SendResult,
} from "@jobs/core/broker";
import { peekPage } from "./peek-page.ts";
import { redriveDead } from "./redrive-dead.ts";
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
