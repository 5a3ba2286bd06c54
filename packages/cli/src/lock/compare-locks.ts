import { compareVersions } from "./compare-versions.ts";
import { type ChangeClass, isBreaking, type LockChange, ORDER } from "./lock-change.ts";
import { workerSchema } from "./params-schema.ts";
import { accepts } from "./schema/accepts.ts";
import { type Json, sortedJson } from "./schema/model.ts";
import { readSchema } from "./schema/read-schema.ts";
import { type Lock, type LockedTask, own } from "./task-lock.ts";

type Tasks = Lock["tasks"];

/** All differences that matter to jobs in flight, by task. Another order is no difference. */
export function compareLocks(before: Lock, after: Lock): readonly LockChange[] {
  const names = namesOf(before.tasks, after.tasks);
  const tasks = names.flatMap((name) => {
    const [old, now] = [own(before.tasks, name), own(after.tasks, name)];
    if (old === undefined) return addedTask(name, before.tasks, now);
    if (now === undefined) return removedTask(name, old, before.tasks, after.tasks);
    return compareTask(name, old, now);
  });
  const schedules = namesOf(before.schedules, after.schedules).flatMap((name) =>
    compareSchedule(name, before, after),
  );
  return [...tasks, ...schedules];
}

function namesOf(one: object, other: object): readonly string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
}

/** A change of the task as a whole. */
function whole(task: string, kind: ChangeClass, change: string, order: string): LockChange {
  return { task, class: kind, change, order, isBreaking: isBreaking(kind) };
}

/** A new task that takes over another one's jobs is compared with it. `removedTask` reports the new name. */
function addedTask(task: string, before: Tasks, now: LockedTask | undefined): readonly LockChange[] {
  const old = now?.aliases?.find((alias) => own(before, alias) !== undefined);
  if (now === undefined || old === undefined) return [whole(task, "additive", "added", ORDER.workersFirst)];
  return compareTask(task, { ...(own(before, old) ?? now), aliases: now.aliases ?? [] }, now);
}

function removedTask(task: string, old: LockedTask, before: Tasks, after: Tasks): readonly LockChange[] {
  const all = Object.entries(after);
  const heir = all.find(([, { aliases }]) => aliases?.includes(task))?.[0];
  if (heir !== undefined) {
    return [whole(task, "forward-breaking", `renamed to ${heir}, with an alias`, ORDER.renameTask)];
  }
  const equal = all.filter(
    ([name, { params }]) => own(before, name) === undefined && sortedJson(params) === sortedJson(old.params),
  );
  const [first] = equal;
  return first === undefined || equal.length > 1
    ? [whole(task, "removed", "removed", ORDER.removeTask)]
    : [whole(task, "renamed?", `perhaps renamed to ${first[0]}, without an alias`, ORDER.removeTask)];
}

function compareTask(task: string, before: LockedTask, after: LockedTask): readonly LockChange[] {
  const [old, now] = [before.aliases ?? [], after.aliases ?? []];
  const gone = old.filter((alias) => !now.includes(alias));
  const added = now.filter((alias) => !old.includes(alias));
  const isMoved = before.queue !== after.queue;
  const moved = `moved from queue ${before.queue} to ${after.queue}`;
  const compat = `compat ${before.compat ?? "strict"} → ${after.compat ?? "strict"}`;
  return [
    ...compareVersions(task, before, after),
    ...(isMoved ? [whole(task, "moved", moved, ORDER.moveTask)] : []),
    ...gone.map((alias) => whole(task, "removed", `alias ${alias} removed`, ORDER.removeAlias)),
    ...added.map((alias) => whole(task, "additive", `alias ${alias} added`, ORDER.workersFirst)),
    ...(before.compat === after.compat ? [] : [whole(task, "same", compat, ORDER.any)]),
  ];
}

/** Jobs of earlier ticks still wait, with the parameters of then. */
function compareSchedule(name: string, before: Lock, after: Lock): readonly LockChange[] {
  const [old, now] = [own(before.schedules, name), own(after.schedules, name)];
  const change = (words: string) => [
    whole(old?.task ?? now?.task ?? "", "same", `schedule ${name}: ${words}`, ORDER.any),
  ];
  if (old === undefined) return change("added");
  const reader = own(after.tasks, old.task);
  if (reader !== undefined && old.params !== undefined) {
    const version = String(own(before.tasks, old.task)?.version ?? 1);
    const { params } = own(reader.from ?? {}, version) ?? reader;
    const worker = workerSchema(readSchema(params), reader.compat === "additive");
    if (accepts(worker, old.params) === "no") return [refusedTick(name, old.task, old.params)];
  }
  if (now === undefined) return change("removed");
  return sortedJson(old) === sortedJson(now) ? [] : change("other parameters, task or queue");
}

function refusedTick(name: string, task: string, params: Json): LockChange {
  const words = `schedule ${name}: its waiting jobs are refused`;
  const refused = whole(task, "backward-breaking", words, ORDER.schedule);
  return { ...refused, oldJob: { status: "refused", witness: params } };
}
