import { CliError } from "../output/cli-error.ts";
import { compareLocks } from "./compare-locks.ts";
import type { LockChange } from "./lock-change.ts";
import { EMPTY_LOCK, type Lock, own, taskDigest } from "./task-lock.ts";

/** How many earlier versions of a task are kept as accepted. */
const MAX_ACCEPTED = 8;

/** The versions that a change may be accepted from. */
export interface Earlier {
  /** The file beside the configuration; `undefined` without one. */
  readonly locked: Lock | undefined;
  /** Another version, such as that of the main branch. */
  readonly base: Lock | undefined;
}

/**
 * The lock of the current tasks, with what was accepted before and what is accepted now.
 * @throws CliError for a name in `accept` that is no task
 */
export function acceptChanges({ locked, base }: Earlier, now: Lock, accept: readonly string[]): Lock {
  const versions = [locked, base].filter((version) => version !== undefined);
  const unknown = accept.find((name) =>
    [now, ...versions].every(({ tasks }) => own(tasks, name) === undefined),
  );
  if (unknown !== undefined) {
    throw new CliError("usage", `--accept: there is no task "${unknown}", neither now nor in a lock.`, {
      hint: "Names are those of the tasks, see jobs lock --check.",
    });
  }
  const before = (locked ?? EMPTY_LOCK).accepted;
  const added = versions.flatMap((version) =>
    breakingTasks(compareLocks(version, now))
      .filter((name) => accept.includes(name))
      .flatMap((name) => ({ name, version: own(version.tasks, name) })),
  );
  const names = [...new Set([...Object.keys(before), ...added.map(({ name }) => name)])].sort();
  const accepted = names.map((name): [string, readonly string[]] => {
    const digests = added.flatMap((entry) =>
      entry.name === name && entry.version ? [taskDigest(entry.version)] : [],
    );
    return [name, [...new Set([...(own(before, name) ?? []), ...digests])].slice(-MAX_ACCEPTED)];
  });
  return { ...now, accepted: Object.fromEntries(accepted.filter(([, digests]) => digests.length > 0)) };
}

/** Marks the changes since `before` that `accepted` has, or that are accepted by name. */
export function markAccepted(
  changes: readonly LockChange[],
  before: Lock,
  { accepted, accept }: { readonly accepted: Lock["accepted"]; readonly accept: readonly string[] },
): readonly LockChange[] {
  return changes.map((change) => {
    const old = own(before.tasks, change.task);
    const isRecorded = old !== undefined && (own(accepted, change.task) ?? []).includes(taskDigest(old));
    const isAccepted = isRecorded || accept.includes(change.task);
    return change.isBreaking && isAccepted ? { ...change, isAccepted } : change;
  });
}

/** Names of the tasks with breaking changes that nobody has accepted. */
export function breakingTasks(changes: readonly LockChange[]): readonly string[] {
  const breaking = changes.filter(({ isBreaking, isAccepted }) => isBreaking && isAccepted !== true);
  return [...new Set(breaking.map(({ task }) => task))];
}
