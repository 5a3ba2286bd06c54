/**
 * How to release a change while jobs wait, since producers and workers are not replaced at the same moment.
 * `ordered`: in one release, in the right order. `parallel`: in several steps, see the guide about signatures.
 */
export type ChangeClass = "ordered" | "parallel";

/** One difference between the lock file and the current tasks. */
export interface LockChange {
  readonly task: string;
  readonly param?: string;
  readonly class: ChangeClass;
  /** What has changed. */
  readonly change: string;
  /** The order that is safe. */
  readonly order: string;
}

/** The safe orders, in the words of the guide about signatures. */
export const ORDER = {
  workersFirst: "workers, then producers",
  producersFirst: "producers, and workers once the queue is drained of older jobs",
  addRequired: "add it as optional in workers, let producers send it, drain, then make it required",
  remove: "make it optional in workers, let producers stop sending it, drain, then remove it",
  require: "let producers send it always, drain, then make it required",
  replace:
    "add a parameter of another name as optional, let producers switch, drain, then remove the old one",
  removeTask:
    "let producers stop sending it, drain, then remove it; or name it in the aliases of another task",
  renameTask: "keep the alias in workers until producers have switched and the queue is drained",
  moveTask: "let workers read both queues until the old one is drained",
} as const;
