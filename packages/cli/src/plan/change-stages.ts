import { type LockChange, type OrderName, orderName } from "../lock/lock-change.ts";
import { type Lock, own } from "../lock/task-lock.ts";

/** Old jobs that have to be gone. */
export interface OldJobs {
  readonly task: string;
  /** Only those with this signature. */
  readonly sig?: string;
  /** Only those that were enqueued before the wait begins: the new ones have the same signature. */
  readonly isBeforeNow?: true;
}

/** What one release does about a change. */
export interface Stage {
  /** What its code declares, and what its producers do. */
  readonly todo: string;
  /** Who gets it first. */
  readonly first: "any" | "workers" | "producers";
  /** Has to be gone before the release. */
  readonly drainBefore?: OldJobs;
  /** Has to be gone before who comes second, if these are workers, else before the next release. */
  readonly drain?: OldJobs;
  /** What some later release may do, and what has to be gone before. */
  readonly later?: { readonly what: string; readonly drain: OldJobs };
}

/** One or two releases. */
export type Stages = readonly [Stage, Stage?];

/** A change with what its task was and is. */
export interface Situation {
  readonly change: LockChange;
  readonly before: Lock;
  readonly after: Lock;
  /** All changes of the same task. */
  readonly siblings: readonly LockChange[];
}

const AS_HERE = "as in this code";

/** The stages of each order. */
const STAGES: Readonly<Record<OrderName, (situation: Situation) => Stages>> = {
  any: () => [{ todo: AS_HERE, first: "any" }],
  workersFirst: () => [{ todo: AS_HERE, first: "workers" }],
  producersFirst: ({ change }) => [
    { todo: AS_HERE, first: "producers", drain: { task: change.task, isBeforeNow: true } },
  ],
  addRequired: (situation) => [
    {
      todo: "add it as optional, and let producers send it always",
      first: "workers",
      drain: oldJobs(situation),
    },
    { todo: "make it required", first: "any" },
  ],
  remove: (situation) => [
    wasOptional(situation.change)
      ? { todo: "keep it, and let producers stop sending it", first: "any", drain: oldJobs(situation) }
      : {
          todo: "make it optional, and let producers stop sending it",
          first: "workers",
          drain: oldJobs(situation),
        },
    { todo: "remove it", first: "any" },
  ],
  rename: (situation) => [
    {
      todo: "declare both names as optional, and let producers send the new one",
      first: "workers",
      drain: oldJobs(situation),
    },
    { todo: "remove the old name", first: "any" },
  ],
  require: (situation) => [
    { todo: "keep it optional, and let producers send it always", first: "any", drain: oldJobs(situation) },
    { todo: "make it required", first: "any" },
  ],
  replace: (situation) => [
    {
      todo: "keep it, add one of another name as optional, and let producers send that one",
      first: "workers",
      drain: oldJobs(situation),
    },
    { todo: "remove the old one", first: "any" },
  ],
  upcast: (situation) => [
    {
      todo: AS_HERE,
      first: "workers",
      later: { what: "remove the old version from from", drain: oldVersion(situation) },
    },
  ],
  olderVersion: ({ change: { task } }) => [
    { todo: AS_HERE, first: "producers", drain: { task, isBeforeNow: true } },
  ],
  removeVersion: (situation) => [{ todo: AS_HERE, first: "any", drainBefore: oldVersion(situation) }],
  versionForm: ({ change: { task } }) => [
    { todo: "declare the version as it was when its jobs were sent", first: "any", drainBefore: { task } },
  ],
  removeTask: ({ change: { task } }) => [{ todo: AS_HERE, first: "producers", drain: { task } }],
  removeAlias: ({ change }) => [
    { todo: AS_HERE, first: "any", drainBefore: { task: aliasOf(change) ?? change.task } },
  ],
  renameTask: ({ change: { task } }) => [
    { todo: AS_HERE, first: "workers", later: { what: `remove the alias ${task}`, drain: { task } } },
  ],
  moveTask: moveStages,
  schedule: (situation) => [
    { todo: "give it parameters that both forms accept", first: "any", drain: oldJobs(situation) },
    { todo: AS_HERE, first: "any" },
  ],
};

/** What the releases do about a change. */
export function stagesOf(situation: Situation): Stages {
  return STAGES[orderName(situation.change)](situation);
}

/** Old workers accept jobs without it. */
function wasOptional({ newJob }: LockChange): boolean {
  return newJob?.status === "fits";
}

/** `alias old_name removed` names it. */
function aliasOf({ change }: LockChange): string | undefined {
  return /^alias (\S+) removed$/.exec(change)?.[1];
}

/** Workers read all queues of the app, so an old queue with another task is read anyway. */
function moveStages({ change: { task }, before, after }: Situation): Stages {
  const old = queueBefore(task, before, after);
  const isRead = old === undefined || Object.values(after.tasks).some(({ queue }) => queue === old);
  if (isRead) return [{ todo: AS_HERE, first: "workers" }];
  return [
    { todo: `let workers also read queue ${old}`, first: "workers", drain: { task, isBeforeNow: true } },
    { todo: `let workers stop reading queue ${old}`, first: "any" },
  ];
}

function queueBefore(task: string, before: Lock, after: Lock): string | undefined {
  const names = [task, ...(own(after.tasks, task)?.aliases ?? [])];
  return names.map((name) => own(before.tasks, name)?.queue).find((queue) => queue !== undefined);
}

/**
 * The jobs of the release before. Their signature tells them apart if the first release has other names. Otherwise only
 * their time does.
 */
function oldJobs({ change: { task }, before, siblings }: Situation): OldJobs {
  const old = own(before.tasks, task);
  return old !== undefined && siblings.some(changesNames)
    ? { task, sig: old.signature }
    : { task, isBeforeNow: true };
}

/** The jobs of a version that ends. Those of another version may have the same signature. */
function oldVersion({ change: { task, change }, before, after }: Situation): OldJobs {
  const old = own(before.tasks, task);
  const [, number = String(old?.version ?? 1)] = /^version (\d+) removed$/.exec(change) ?? [];
  const { signature: sig } = own(old?.from ?? {}, number) ?? old ?? {};
  const now = own(after.tasks, task);
  const others = [
    now,
    ...Object.entries(now?.from ?? {}).flatMap(([one, form]) => (one === number ? [] : [form])),
  ];
  if (sig === undefined || others.some((form) => form?.signature === sig)) return { task, isBeforeNow: true };
  return { task, sig };
}

/** Orders whose first release declares other names than before, or another one as optional. */
const NAMING: readonly OrderName[] = ["addRequired", "remove", "rename", "replace", "workersFirst"];

/** Whether the first release's signature differs, which has only the names of the top level. */
function changesNames(change: LockChange): boolean {
  const { path, change: words } = change;
  if (path === undefined || /\.|\[\]/.test(path)) return false;
  const name = orderName(change);
  if (name === "workersFirst") return words === "added as optional" || words === "made optional";
  return NAMING.includes(name) && !(name === "remove" && wasOptional(change));
}
