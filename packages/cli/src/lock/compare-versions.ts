import { compareParams } from "./compare-params.ts";
import { type ChangeClass, isBreaking, type LockChange, ORDER } from "./lock-change.ts";
import { workerSchema } from "./params-schema.ts";
import { compareFit, type Fit } from "./schema/compare.ts";
import { readSchema } from "./schema/read-schema.ts";
import { type LockedForm, type LockedTask, own } from "./task-lock.ts";

/**
 * The differences in the parameters of a task, whose jobs say their version. Without a new version the parameters are
 * compared. With one, each earlier version has to be in `from`, in a form that accepts the locked one.
 */
export function compareVersions(task: string, before: LockedTask, after: LockedTask): readonly LockChange[] {
  const [old, now] = [before.version ?? 1, after.version ?? 1];
  const kept = Object.entries(before.from ?? {}).flatMap(([version, form]) =>
    compareForm(task, { version, form }, after),
  );
  if (old === now) return [...compareParams(task, before, after), ...kept];
  if (old > now)
    return [whole(task, "backward-breaking", `version ${old} → ${now}`, ORDER.olderVersion), ...kept];
  const covered = compareForm(task, { version: String(old), form: before }, after);
  const isCovered = own(after.from ?? {}, String(old)) !== undefined;
  const newer = whole(
    task,
    "upcast",
    `version ${old} → ${now}, with a step for version ${old}`,
    ORDER.upcast,
  );
  return [...(isCovered ? [newer] : []), ...covered, ...kept];
}

interface Versioned {
  readonly version: string;
  readonly form: LockedForm;
}

/** A change of one version that the lock has: gone, or in a form that refuses jobs of the locked one. */
function compareForm(task: string, { version, form }: Versioned, after: LockedTask): readonly LockChange[] {
  const isToday = version === String(after.version ?? 1);
  const now = isToday ? after : own(after.from ?? {}, version);
  if (now === undefined) {
    return [whole(task, "removed", `version ${version} removed`, ORDER.removeVersion)];
  }
  const reader = workerSchema(readSchema(now.params), after.compat === "additive");
  const oldJob = compareFit(readSchema(form.params), reader);
  if (oldJob.status === "fits") return [];
  const kind = oldJob.status === "refused" ? "backward-breaking" : "unknown";
  const words = `version ${version} in from ${oldJob.status === "refused" ? "accepts less than it did" : "cannot be compared"}`;
  return [{ ...whole(task, kind, words, ORDER.versionForm), oldJob: oldJob satisfies Fit }];
}

/** A change of the task as a whole. */
function whole(task: string, kind: ChangeClass, change: string, order: string): LockChange {
  return { task, class: kind, change, order, isBreaking: isBreaking(kind) };
}
