import { acceptChanges, breakingTasks, type Earlier, markAccepted } from "./accept-changes.ts";
import { compareLocks } from "./compare-locks.ts";
import type { LockChange } from "./lock-change.ts";
import { LOCK_FILE, lockText } from "./lock-file.ts";
import { EMPTY_LOCK, type Lock } from "./task-lock.ts";

/** What a command found out, and what to say about it. */
export interface LockReport {
  /** Whether the file holds the current tasks. */
  readonly isCurrent: boolean;
  readonly changes: readonly LockChange[];
  /** What follows, one sentence a line. */
  readonly end: readonly string[];
  /** Whether the answer is "yes": all is current and accepted, or was written. */
  readonly isOk: boolean;
  /** The lock to write, if one is to be written. */
  readonly toWrite?: Lock;
}

/** Compares the current tasks with the base, else with the file. */
export function checkLock({ locked, base }: Earlier, now: Lock): LockReport {
  const isCurrent = isCurrentLock(locked, now);
  const before = base ?? locked ?? now;
  const accepted = base === undefined ? {} : (locked?.accepted ?? {});
  const changes = markAccepted(compareLocks(before, now), before, { accepted, accept: [] });
  const breaking = breakingTasks(changes);
  const again = breaking.length === 0 ? "jobs lock" : acceptCommand(breaking);
  const written = locked === undefined ? `there is no ${LOCK_FILE}` : `${LOCK_FILE} is not current`;
  const end = isCurrent ? [] : [`${written}; ${again} writes it${locked === undefined ? "" : " again"}.`];
  if (base !== undefined && isCurrent && breaking.length > 0) {
    end.push(`Breaking changes since the base: ${acceptCommand(breaking)} --base … accepts them.`);
  }
  const isOk = isCurrent && (base === undefined || breaking.length === 0);
  return { isCurrent, changes, end: isOk ? [`${LOCK_FILE} is current.`] : end, isOk };
}

/** Writes the file anew, unless a breaking change is not accepted. */
export function updateLock(earlier: Earlier, now: Lock, accept: readonly string[]): LockReport {
  const { locked } = earlier;
  const toWrite = acceptChanges(earlier, now, accept);
  const isCurrent = locked !== undefined && lockText(toWrite) === lockText(locked);
  const before = locked ?? EMPTY_LOCK;
  const all = markAccepted(compareLocks(before, now), before, { accepted: {}, accept });
  const changes = locked === undefined ? [] : all;
  const breaking = breakingTasks(changes);
  if (breaking.length > 0) {
    const end = [
      `nothing was written; ${acceptCommand(breaking)} accepts the breaking changes and writes the file.`,
    ];
    return { isCurrent, changes, end, isOk: false };
  }
  const end = [isCurrent ? `${LOCK_FILE} is current.` : `wrote ${LOCK_FILE}`];
  return { isCurrent, changes, end, isOk: true, ...(isCurrent ? {} : { toWrite }) };
}

function isCurrentLock(locked: Lock | undefined, now: Lock): boolean {
  return locked !== undefined && lockText({ ...now, accepted: {} }) === lockText({ ...locked, accepted: {} });
}

function acceptCommand(tasks: readonly string[]): string {
  return `jobs lock ${tasks.map((task) => `--accept ${task}`).join(" ")}`;
}
