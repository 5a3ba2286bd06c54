import type { Task } from "@jobs/core";

/** The rows of the table of changes in docs/guide/signatures.md. */
export const ROWS = [
  "reorder",
  "add optional",
  "add required",
  "remove",
  "rename",
  "accept more",
  "accept fewer",
  "rename task",
  "move",
] as const;

/** One of {@link ROWS}. */
export type Row = (typeof ROWS)[number];

/** What a release has of a row: the task that its workers run, and the parameters that its producers send. */
export interface ReleaseTask {
  readonly task: Task;
  readonly sends: Readonly<Record<string, unknown>>;
}

/** An application at one moment of its life. */
export interface Release {
  readonly tasks: Readonly<Record<Row, ReleaseTask>>;
  /** Queues of its workers. */
  readonly queues: readonly string[];
}

/** The queue of all tasks but the one that moves. */
export const QUEUE = "rolling";

/** The queue of the task that moves, before and after it has moved. */
export const MOVED = { from: "rolling-here", to: "rolling-there" } as const;
