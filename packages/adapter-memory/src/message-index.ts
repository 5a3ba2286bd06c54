import type { MessageRecord } from "./message-record.ts";

/** The length of a UUID's text, and where its version stands. */
const UUID = { length: 36, version: 14 } as const;

/**
 * All messages of a queue, in the order of sending and by id. A map of ids costs more than all else that memory does
 * with a job, and few jobs are ever looked up. So messages enter the map only before a lookup. The id of a new message
 * needs no lookup when it is higher than all ids before it, as new job ids are: they are UUIDs that increase.
 */
export class MessageIndex {
  readonly #byId = new Map<string, MessageRecord>();
  /** The highest UUID version 7 that was ever added. */
  #highest = "";
  #oldest: MessageRecord | undefined;
  #newest: MessageRecord | undefined;
  /** The first message that is not in the map; all after it are not in the map either. */
  #firstUnindexed: MessageRecord | undefined;

  /** In the order of sending. The current message may be removed meanwhile. */
  *values(): Generator<MessageRecord, void> {
    for (let record = this.#oldest; record !== undefined; ) {
      const { newer }: MessageRecord = record;
      yield record;
      record = newer;
    }
  }

  /** The message with this id. */
  find(messageId: string): MessageRecord | undefined {
    if (this.#newest === undefined || this.#isNew(messageId)) return undefined;
    for (let record = this.#firstUnindexed; record !== undefined; record = record.newer) {
      record.isIndexed = true;
      this.#byId.set(record.messageId, record);
    }
    this.#firstUnindexed = undefined;
    return this.#byId.get(messageId);
  }

  /** Adds a message whose id is free. */
  add(record: MessageRecord): void {
    if (isUuid7(record.messageId) && record.messageId > this.#highest) this.#highest = record.messageId;
    record.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = record;
    else this.#newest.newer = record;
    this.#newest = record;
    this.#firstUnindexed ??= record;
  }

  /** Removes a message that was added. */
  remove(record: MessageRecord): void {
    const { older, newer } = record;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    if (record.isIndexed) this.#byId.delete(record.messageId);
    else if (record === this.#firstUnindexed) this.#firstUnindexed = newer;
    record.isIndexed = false;
    // Without these links a delivery that is still held would keep all messages alive that came after it.
    record.older = undefined;
    record.newer = undefined;
  }

  /** Whether no message can have this id, because it is higher than all before it. */
  #isNew(messageId: string): boolean {
    return isUuid7(messageId) && messageId > this.#highest;
  }
}

/** By its length and version only: ids of another form that pass are compared as text too, which is right for any. */
function isUuid7(id: string): boolean {
  return id.length === UUID.length && id[UUID.version] === "7";
}
