import { type LockChange, ORDER } from "./lock-change.ts";
import type { LockedParam, LockedTask, LockedTasks } from "./task-lock.ts";

/** All differences that matter to jobs in flight, by task. Another order is no difference. */
export function compareLocks(before: LockedTasks, after: LockedTasks): readonly LockChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const [old, now] = [own(before, name), own(after, name)];
    if (old === undefined) return addedTask(name, before, now);
    if (now === undefined) return removedTask(name, after);
    return compareTask(name, old, now);
  });
}

/** A new task that takes over another one's jobs is compared with it. `removedTask` reports the new name. */
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

type Difference = Omit<LockChange, "task" | "param">;

/** The differences in one parameter; empty if there are none. */
export function compareParam(
  before: LockedParam | undefined,
  after: LockedParam | undefined,
): readonly Difference[] {
  if (before === undefined) return after === undefined ? [] : [added(after)];
  if (after === undefined) return [{ class: "parallel", change: "removed", order: ORDER.remove }];
  return [...comparePresence(before, after), ...compareValues(before, after)];
}

function added({ isOptional }: LockedParam): Difference {
  return isOptional
    ? { class: "ordered", change: "added as optional", order: ORDER.workersFirst }
    : { class: "parallel", change: "added as required", order: ORDER.addRequired };
}

function comparePresence(before: LockedParam, after: LockedParam): readonly Difference[] {
  if (before.isOptional === after.isOptional) return [];
  return after.isOptional
    ? [{ class: "ordered", change: "made optional", order: ORDER.workersFirst }]
    : [{ class: "parallel", change: "made required", order: ORDER.require }];
}

function compareValues(before: LockedParam, after: LockedParam): readonly Difference[] {
  const [wider, narrower] = [accepts(after, before), accepts(before, after)];
  if (wider && narrower) return [];
  const change = `${textOf(before)} → ${textOf(after)}`;
  if (wider) return [{ class: "ordered", change: `accepts more: ${change}`, order: ORDER.workersFirst }];
  if (narrower) return [{ class: "ordered", change: `accepts less: ${change}`, order: ORDER.producersFirst }];
  return [{ class: "parallel", change: `another type: ${change}`, order: ORDER.replace }];
}

/** Whether `wide` accepts every value that `narrow` accepts. */
function accepts(wide: LockedParam, narrow: LockedParam): boolean {
  if (wide.kind === "any") return true;
  if (narrow.kind === "enum") return (narrow.values ?? []).every((value) => acceptsValue(wide, value));
  return wide.kind === narrow.kind || (wide.kind === "number" && narrow.kind === "integer");
}

function acceptsValue({ kind, values = [] }: LockedParam, value: string | number | boolean | null): boolean {
  if (kind === "enum") return values.includes(value);
  if (kind === "integer") return Number.isInteger(value);
  return kind === (value === null ? "null" : typeof value);
}

function textOf({ kind, values }: LockedParam): string {
  return values === undefined ? kind : values.map((value) => JSON.stringify(value)).join(" | ");
}
