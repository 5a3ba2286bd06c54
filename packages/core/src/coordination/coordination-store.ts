/** How long a mark is kept that somebody is to remove, in ms: ten years. */
export const UNTIL_REMOVED_MS = 3_650 * 86_400_000;

/** A short-lived fact: in `set` stands `name` with `value`. */
export interface CoordinationEntry {
  /** What it is about, such as `workers`. Any text. */
  readonly set: string;
  /** Which one of the set. Any text. */
  readonly name: string;
  readonly value: string;
}

/**
 * A coordination store that all processes of an application read and write: who is at work, who takes a tick of a schedule, which
 * members of a group are done, what was cancelled. No queue: a mark is overwritten, listed, and gone when its time is
 * over. A broker may offer one where its storage can; a result store always does.
 */
export interface CoordinationStore {
  /** Writes it in the place of what stood there. Forgotten after `ttlMs`, above 0; `Infinity` and what is longer than {@link UNTIL_REMOVED_MS} is kept for that long at least. */
  put(mark: CoordinationEntry, ttlMs: number): Promise<void>;
  /**
   * Writes it unless another value stands there, and resolves with the value that stands now: of several callers with
   * values of their own exactly one reads its own. The same value again gives the mark new time.
   */
  claim(mark: CoordinationEntry, ttlMs: number): Promise<string>;
  /** What stands in a set, by name in the order of code units. */
  list(set: string): Promise<readonly CoordinationEntry[]>;
  /** How many {@link list} would bring. */
  count(set: string): Promise<number>;
  /** Nothing happens when it is not there. */
  remove(set: string, name: string): Promise<void>;
}
