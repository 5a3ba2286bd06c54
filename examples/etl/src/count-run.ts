import type { App } from "@jobs/core";
import type { EnqueueCounts } from "./enqueue-films.ts";
import { readWritten } from "./output-file.ts";
import { storedMessages } from "./stored-messages.ts";
import { recordIdOf } from "./tasks.ts";
import type { WorkFolder } from "./work-folder.ts";

/** How many accepted records ended in the output, and how many among the dead letters. */
export interface RunCounts {
  readonly succeededAtOnce: number;
  readonly succeededOnRetry: number;
  readonly dead: Readonly<Record<string, number>>;
  /** Failed runs that another run followed. */
  readonly retries: number;
}

/** Counts a run from its files and dead letters, so that killed processes do not change the result. */
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

/** Whether every accepted record ended exactly once. */
export function addsUp({ accepted }: EnqueueCounts, counts: RunCounts): boolean {
  return accepted === counts.succeededAtOnce + counts.succeededOnRetry + total(counts.dead);
}
