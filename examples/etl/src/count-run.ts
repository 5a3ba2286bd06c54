import type { App } from "@jobs/core";
import type { Intake } from "./enqueue-films.ts";
import { readWritten } from "./output-file.ts";
import { storedMessages } from "./stored-messages.ts";
import { recordIdOf } from "./tasks.ts";
import type { WorkFolder } from "./work-folder.ts";

/** What became of every accepted record, counted where it ended: in the output or among the dead letters. */
export interface RunCounts {
  readonly succeededAtOnce: number;
  readonly succeededOnRetry: number;
  readonly dead: Readonly<Record<string, number>>;
  /** Runs that failed and were followed by another. */
  readonly retries: number;
}

/** Counts a run from what it left behind, so that it is right whoever was killed on the way. */
export async function countRun(app: App, { journal }: WorkFolder): Promise<RunCounts> {
  const written = readWritten(journal);
  const ended = new Set(written.map(({ id }) => id));
  const dead: Record<string, number> = {};
  let retries = written.reduce((sum, record) => sum + record.retries, 0);
  for (const queue of app.queues) {
    for await (const message of storedMessages(app, queue, ["dead"])) {
      const id = recordIdOf(message.messageId);
      if (ended.has(id)) continue;
      ended.add(id);
      const reason = message.dead?.reason ?? "unknown";
      dead[reason] = (dead[reason] ?? 0) + 1;
      retries += (message.dead?.error?.attempt ?? 1) - 1;
    }
  }
  const succeededOnRetry = written.filter((record) => record.retries > 0).length;
  return { succeededAtOnce: written.length - succeededOnRetry, succeededOnRetry, dead, retries };
}

/** The sum of counts by kind. */
export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Whether every accepted record ended, and ended once. */
export function addsUp({ accepted }: Intake, counts: RunCounts): boolean {
  return accepted === counts.succeededAtOnce + counts.succeededOnRetry + total(counts.dead);
}
