import type { RunLogEntry } from "./run-log.ts";

/** One run of a job. Times in ms since 1970. */
export interface Run {
  readonly startedAt: number;
  readonly attempt: number;
  /** Whether the handler ended. */
  readonly isDone: boolean;
  /** When it ended, or when its worker was killed; `Infinity` where neither happened. */
  readonly endedAt: number;
  /** Whether its worker was killed, then or later. */
  readonly isKilled: boolean;
}

type Started = Extract<RunLogEntry, { type: "started" }>;

/** The runs of each job in the order of their starts. */
export function runsByJob(entries: readonly RunLogEntry[]): ReadonlyMap<string, readonly Run[]> {
  const ends = endTimes(entries);
  const killedAt = new Map(
    entries.flatMap((entry) => (entry.type === "killed" ? [[entry.pid, entry.at]] : [])),
  );
  const runs = new Map<string, Run[]>();
  for (const { id, pid, attempt, at } of startsInOrder(entries)) {
    const doneAt = ends.get(keyOf(id, pid))?.shift();
    const endedAt = doneAt ?? killedAt.get(pid) ?? Number.POSITIVE_INFINITY;
    const ofJob = runs.get(id) ?? [];
    ofJob.push({
      startedAt: at,
      attempt,
      isDone: doneAt !== undefined,
      endedAt,
      isKilled: killedAt.has(pid),
    });
    runs.set(id, ofJob);
  }
  return runs;
}

function startsInOrder(entries: readonly RunLogEntry[]): readonly Started[] {
  return entries.filter((entry) => entry.type === "started").sort((a, b) => a.at - b.at);
}

/** A worker may run the same job twice, when it has lost its lease and gets it again. */
function endTimes(entries: readonly RunLogEntry[]): ReadonlyMap<string, number[]> {
  const ends = new Map<string, number[]>();
  for (const entry of entries) {
    if (entry.type !== "done") continue;
    const key = keyOf(entry.id, entry.pid);
    ends.set(key, [...(ends.get(key) ?? []), entry.at]);
  }
  return ends;
}

function keyOf(id: string, pid: number): string {
  return `${id} ${pid}`;
}
