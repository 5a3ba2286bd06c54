import { type LockChange, ORDER } from "./lock-change.ts";
import type { LockedParam } from "./task-lock.ts";

type Difference = Omit<LockChange, "task" | "param">;

/** What is different about one parameter; `undefined` when nothing is. */
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

/** Whether every value that `narrow` takes is one that `wide` takes. */
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
