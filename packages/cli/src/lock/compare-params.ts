import { type ChangeClass, isBreaking, type LockChange, ORDER } from "./lock-change.ts";
import { workerSchema } from "./params-schema.ts";
import { accepts } from "./schema/accepts.ts";
import { compareFit, type Fit } from "./schema/compare.ts";
import { describeSchema } from "./schema/describe-schema.ts";
import { type LocatedChange, locateChanges } from "./schema/locate-changes.ts";
import type { Schema } from "./schema/model.ts";
import { readSchema } from "./schema/read-schema.ts";
import type { LockedTask } from "./task-lock.ts";

/** What one release sends, and what its workers accept. */
interface Side {
  readonly producer: Schema;
  readonly worker: Schema;
  readonly isAdditive: boolean;
}

function sideOf({ params, compat }: LockedTask): Side {
  const producer = readSchema(params);
  const isAdditive = compat === "additive";
  return { producer, worker: workerSchema(producer, isAdditive), isAdditive };
}

/** All differences in the parameters of a task, at any depth, without those that change no acceptance. */
export function compareParams(task: string, before: LockedTask, after: LockedTask): readonly LockChange[] {
  const [old, now] = [sideOf(before), sideOf(after)];
  const located = locateChanges(old.producer, now.producer).map((change) => judge(task, change, old, now));
  const whole: Verdicts = {
    oldJob: compareFit(old.producer, now.worker),
    newJob: compareFit(now.producer, old.worker),
  };
  const changes = located.filter((change) => change.class !== "same" || change.path !== undefined);
  const isMissed = whole.oldJob.status !== "fits" && changes.every(({ oldJob }) => oldJob?.status === "fits");
  if (!isMissed) return changes;
  const kind = whole.oldJob.status === "refused" ? "backward-breaking" : "unknown";
  return [
    ...changes,
    toChange({ task, kind, words: "the parameters together", order: ORDER.producersFirst }, whole),
  ];
}

interface Verdicts {
  readonly oldJob: Fit;
  readonly newJob: Fit;
}

function judge(task: string, located: LocatedChange, old: Side, now: Side): LockChange {
  const verdicts: Verdicts = {
    oldJob: confirmed(
      compareFit(old.producer, workerSchema(located.oldWithNew, now.isAdditive)),
      old.producer,
      now.worker,
    ),
    newJob: confirmed(
      compareFit(now.producer, workerSchema(located.newWithOld, old.isAdditive)),
      now.producer,
      old.worker,
    ),
  };
  const path = located.path.join(".").replaceAll(".[]", "[]");
  const kind = classOf(located, verdicts);
  const words = wordsOf(located, verdicts);
  return toChange({ task, path, kind, words, order: orderOf(located, kind, verdicts) }, verdicts);
}

/** A witness was found with all but one change left out, so it is tried on the whole. */
function confirmed(fit: Fit, writer: Schema, reader: Schema): Fit {
  if (fit.status !== "refused") return fit;
  const isConfirmed = accepts(writer, fit.witness) === "yes" && accepts(reader, fit.witness) === "no";
  return isConfirmed ? fit : compareFit(writer, reader);
}

function classOf({ kind }: LocatedChange, { oldJob, newJob }: Verdicts): ChangeClass {
  if (oldJob.status === "unknown") return "unknown";
  if (oldJob.status === "refused") {
    if (kind === "removed") return "removed";
    return kind === "renamed" ? "renamed?" : "backward-breaking";
  }
  if (kind === "added") return "additive";
  return newJob.status === "fits" ? "same" : "forward-breaking";
}

function wordsOf(
  { kind, before, after, isRequired, newName }: LocatedChange,
  { oldJob, newJob }: Verdicts,
): string {
  if (kind === "added") return isRequired ? "added as required" : "added as optional";
  if (kind === "renamed") return `perhaps renamed to ${newName}`;
  if (kind !== "values") return kind;
  const words = `${describeSchema(before)} → ${describeSchema(after)}`;
  if (oldJob.status === "unknown") return `cannot be compared: ${words}`;
  if (oldJob.status === "fits") return newJob.status === "fits" ? words : `accepts more: ${words}`;
  return newJob.status === "fits" ? `accepts less: ${words}` : `accepts others: ${words}`;
}

function orderOf(
  { kind, isRequired }: LocatedChange,
  changeClass: ChangeClass,
  { newJob }: Verdicts,
): string {
  if (changeClass === "same") return ORDER.any;
  if (!isBreaking(changeClass)) return ORDER.workersFirst;
  if (kind === "added") return isRequired ? ORDER.addRequired : ORDER.producersFirst;
  if (kind === "removed") return ORDER.remove;
  if (kind === "renamed") return ORDER.rename;
  if (kind === "made required") return ORDER.require;
  // Old workers accept fewer values as they are. Other values need a name of their own meanwhile.
  return kind === "values" && newJob.status !== "fits" ? ORDER.replace : ORDER.producersFirst;
}

interface Words {
  readonly task: string;
  readonly path?: string;
  readonly kind: ChangeClass;
  readonly words: string;
  readonly order: string;
}

function toChange({ task, path = "", kind, words, order }: Words, verdicts: Verdicts): LockChange {
  return {
    task,
    ...(path === "" ? {} : { path }),
    class: kind,
    change: words,
    order,
    ...verdicts,
    isBreaking: isBreaking(kind),
  };
}
