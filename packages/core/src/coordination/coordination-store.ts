/** How long an entry is kept that will be removed explicitly, in ms: ten years. */
export const UNTIL_REMOVED_MS = 3_650 * 86_400_000;

/** An entry: a short-lived fact in a set, with a name and a value. */
export interface CoordinationEntry {
  /** The set, such as `workers`. Any text. */
  readonly set: string;
  /** The name in the set. Any text. */
  readonly name: string;
  readonly value: string;
}

/**
 * Short-lived facts that all processes of an application read and write. Examples: which workers are alive, who sends a
 * tick, which members of a group are done, what was cancelled. An entry is overwritten, listed, and removed when its time
 * is over. A broker may offer such a store where its storage allows it; a result store always has one.
 */
export interface CoordinationStore {
  /**
   * Writes it and replaces an earlier value. It is removed after `ttlMs`, above 0. `Infinity` and times above
   * {@link UNTIL_REMOVED_MS} are kept for at least that long.
   */
  put(mark: CoordinationEntry, ttlMs: number): Promise<void>;
  /**
   * Writes it unless another value is stored, and resolves with the value that is stored now. Of several callers with
   * different values, exactly one gets its own. The same value again renews the entry's time.
   */
  claim(mark: CoordinationEntry, ttlMs: number): Promise<string>;
  /** The entries of a set, sorted by name in the order of code units. */
  list(set: string): Promise<readonly CoordinationEntry[]>;
  /** How many entries {@link list} would return. */
  count(set: string): Promise<number>;
  /** Removes an entry; does nothing without one. */
  remove(set: string, name: string): Promise<void>;
}
