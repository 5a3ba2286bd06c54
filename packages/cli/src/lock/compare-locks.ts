import { compareParam } from "./compare-params.ts";
import { type LockChange, ORDER } from "./lock-change.ts";
import type { LockedTask, LockedTasks } from "./task-lock.ts";

/** Every difference that matters to jobs in flight, by task; none for a change of order. */
export function compareLocks(before: LockedTasks, after: LockedTasks): readonly LockChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const [old, now] = [own(before, name), own(after, name)];
    if (old === undefined) return addedTask(name, before, now);
    if (now === undefined) return removedTask(name, after);
    return compareTask(name, old, now);
  });
}

/** A task that takes over the jobs of another is reported where the other one went. */
function addedTask(task: string, before: LockedTasks, now: LockedTask | undefined): readonly LockChange[] {
  const old = now?.aliases?.find((alias) => own(before, alias) !== undefined);
  if (now === undefined || old === undefined) {
    return [{ task, class: "ordered", change: "added", order: ORDER.workersFirst }];
  }
  return compareTask(task, own(before, old) ?? now, now);
}

function removedTask(task: string, after: LockedTasks): readonly LockChange[] {
  const heir = Object.entries(after).find(([, { aliases }]) => aliases?.includes(task))?.[0];
  return heir === undefined
    ? [{ task, class: "parallel", change: "removed", order: ORDER.removeTask }]
    : [{ task, class: "ordered", change: `renamed to ${heir}`, order: ORDER.renameTask }];
}

function compareTask(task: string, before: LockedTask, after: LockedTask): readonly LockChange[] {
  const names = [...new Set([...Object.keys(before.params), ...Object.keys(after.params)])].sort();
  const params = names.flatMap((param) =>
    compareParam(own(before.params, param), own(after.params, param)).map((difference) => ({
      task,
      param,
      ...difference,
    })),
  );
  if (before.queue === after.queue) return params;
  const change = `moved from queue ${before.queue} to ${after.queue}`;
  return [...params, { task, class: "ordered", change, order: ORDER.moveTask }];
}

function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
