import type { Fit } from "./schema/compare.ts";

/**
 * What a change means while jobs wait, since producers and workers are not replaced at the same moment.
 * - `same`: every job fits both releases.
 * - `additive`: something was added; old jobs fit new workers.
 * - `upcast`: a new version, whose workers cast old jobs; old workers hold new jobs.
 * - `forward-breaking`: old jobs fit new workers; old workers may refuse new jobs.
 * - `backward-breaking`: new workers may refuse old jobs.
 * - `removed`: a task or a name is gone, and new workers refuse or do not know old jobs with it.
 * - `renamed?`: one is gone and an equal one is new.
 * - `moved`: jobs go to another queue.
 * - `unknown`: it cannot be decided whether old jobs fit.
 */
export type ChangeClass =
  | "same"
  | "additive"
  | "upcast"
  | "forward-breaking"
  | "backward-breaking"
  | "removed"
  | "renamed?"
  | "moved"
  | "unknown";

/** One difference between the lock and the current tasks. */
export interface LockChange {
  readonly task: string;
  /** Within the parameters, such as `addr.zip` or `tags[]`. */
  readonly path?: string;
  readonly class: ChangeClass;
  /** What has changed. */
  readonly change: string;
  /** The order that is safe. */
  readonly order: string;
  /** Whether new workers accept the jobs of old producers. */
  readonly oldJob?: Fit;
  /** Whether old workers accept the jobs of new producers. */
  readonly newJob?: Fit;
  /** Whether waiting jobs may be lost or refused. */
  readonly isBreaking: boolean;
  /** Whether somebody has accepted the change, with `--accept`. */
  readonly isAccepted?: true;
}

const NOT_BREAKING: readonly ChangeClass[] = ["same", "additive", "upcast", "forward-breaking"];

/** Whether jobs in flight may be lost or refused. */
export function isBreaking(kind: ChangeClass): boolean {
  return !NOT_BREAKING.includes(kind);
}

/** The safe orders, in the words of the guide about signatures. */
export const ORDER = {
  any: "any",
  workersFirst: "workers, then producers",
  producersFirst: "producers, and workers once the queue is drained of older jobs",
  addRequired: "add it as optional in workers, let producers send it, drain, then make it required",
  remove: "make it optional in workers, let producers stop sending it, drain, then remove it",
  rename: "declare both names as optional in workers, let producers switch, drain, then remove the old one",
  require: "let producers send it always, drain, then make it required",
  replace:
    "add a parameter of another name as optional, let producers switch, drain, then remove the old one",
  upcast: "workers, which cast old jobs, then producers",
  olderVersion: "let producers send the older version, drain, then workers",
  removeVersion: "remove it once the queue is drained of jobs of that version",
  versionForm: "declare it in from as it was when its jobs were sent",
  removeTask:
    "let producers stop sending it, drain, then remove it; or name it in the aliases of another task",
  removeAlias: "remove it once the queue is drained of jobs with that name",
  renameTask: "keep the alias in workers until producers have switched and the queue is drained",
  moveTask: "let workers read both queues until the old one is drained",
  schedule: "let workers accept its parameters until its waiting jobs are done",
} as const;

/** The name of a safe order. */
export type OrderName = keyof typeof ORDER;

/** The name of a change's order. */
export function orderName({ order }: LockChange): OrderName {
  const name = (Object.keys(ORDER) as OrderName[]).find((one) => ORDER[one] === order);
  if (name === undefined) throw new TypeError(`no order has the words "${order}"`);
  return name;
}
