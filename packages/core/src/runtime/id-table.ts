/** Lists of entries by the hash of their id; a power of two. */
const LISTS = 1_024;

/** Characters at the end of an id that are hashed. Ids are numbers or random at their end. */
const HASHED = 8;

/** A value in the table. Its links are cut when it leaves, so that it keeps no other one alive. */
interface Entry<Value> {
  readonly id: string;
  /** `undefined` once it has left. */
  value: Value | undefined;
  /** Neighbours in the order of adding. */
  older: Entry<Value> | undefined;
  newer: Entry<Value> | undefined;
  /** The next one with the same hash. */
  next: Entry<Value> | undefined;
}

/**
 * Values by id, in the order of adding, for some hundreds that come and go with each job. A `Map` is built anew every
 * time that as many entries have left as it has room for, and the old table points to the new one. Once the engine has
 * moved one table to its old generation, the values of all later ones stay in memory until the next full collection.
 */
export class IdTable<Value extends object> {
  readonly #lists: (Entry<Value> | undefined)[] = new Array<Entry<Value> | undefined>(LISTS).fill(undefined);
  #oldest: Entry<Value> | undefined;
  #newest: Entry<Value> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The value with this id. */
  get(id: string): Value | undefined {
    let entry = this.#lists[listOf(id)];
    while (entry !== undefined && entry.id !== id) entry = entry.next;
    return entry?.value;
  }

  /** Adds a value. Its id must be free. */
  add(id: string, value: Value): void {
    const list = listOf(id);
    const older = this.#newest;
    const entry: Entry<Value> = { id, value, older, newer: undefined, next: this.#lists[list] };
    this.#lists[list] = entry;
    if (older === undefined) this.#oldest = entry;
    else older.newer = entry;
    this.#newest = entry;
    this.#size++;
  }

  /** Removes a value, unless it has left before. */
  remove(id: string, value: Value): void {
    const list = listOf(id);
    let before: Entry<Value> | undefined;
    let entry = this.#lists[list];
    while (entry !== undefined && entry.value !== value) {
      before = entry;
      entry = entry.next;
    }
    if (entry === undefined) return;
    if (before === undefined) this.#lists[list] = entry.next;
    else before.next = entry.next;
    this.#unlink(entry);
    this.#size--;
  }

  /** In the order of adding. Values may be removed meanwhile; those are left out. */
  *values(): Generator<Value, void> {
    const entries: Entry<Value>[] = [];
    for (let entry = this.#oldest; entry !== undefined; entry = entry.newer) entries.push(entry);
    for (const { value } of entries) if (value !== undefined) yield value;
  }

  #unlink(entry: Entry<Value>): void {
    const { older, newer } = entry;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    entry.value = undefined;
    entry.older = undefined;
    entry.newer = undefined;
    entry.next = undefined;
  }
}

function listOf(id: string): number {
  let hash = id.length;
  for (let at = Math.max(0, hash - HASHED); at < id.length; at++) {
    hash = (Math.imul(hash, 31) + id.charCodeAt(at)) | 0;
  }
  return hash & (LISTS - 1);
}
