import type { BrokerTraits } from "./brokers/broker-under-test.ts";
import type { RunLogEntry } from "./run-log.ts";

/** One run of a job. Times in ms since 1970. */
export interface Run {
  readonly startedAt: number;
  readonly attempt: number;
  /** How often the job was delivered, this time included. */
  readonly delivery: number;
  /** Whether the handler returned. */
  readonly isDone: boolean;
  /** When it ended, or when its worker was killed or frozen or the server crashed; `Infinity` where nothing happened. */
  readonly endedAt: number;
  /** Whether it was in the hands of a worker that was killed or frozen before its end. */
  readonly isCutShort: boolean;
  /**
   * From when on the job may run again although this run is done; `Infinity` where nothing explains it. Its worker was
   * killed just after it, or was frozen meanwhile, or another one with the lock of the file. Or the server crashed about
   * that time. No fault explains a run that began before it.
   */
  readonly mayRepeatFrom: number;
}

/**
 * How long before a fault a run may have ended whose end is lost, in ms. A worker has not sent its ack yet. Where jobs
 * share a lease, the ack waits for the last of them: up to 28 ms in a run with 30 kills. Postgres writes a commit that
 * nobody waits for after three times `wal_writer_delay` at the latest, which is 600 ms.
 */
const LOST_MS = 1_000;

type Entry<Type extends RunLogEntry["type"]> = Extract<RunLogEntry, { type: Type }>;

interface Faults {
  readonly killedAt: ReadonlyMap<number, number>;
  readonly frozen: readonly Entry<"frozen">[];
  readonly crashed: readonly Entry<"crashed">[];
  readonly traits: BrokerTraits;
}

/** The runs of each job in the order of their starts. */
export function runsByJob(
  entries: readonly RunLogEntry[],
  traits: BrokerTraits = {},
): ReadonlyMap<string, readonly Run[]> {
  const ends = endsOf(entries);
  const faults: Faults = {
    killedAt: new Map(pick(entries, "killed").map(({ pid, at }) => [pid, at])),
    frozen: pick(entries, "frozen"),
    crashed: pick(entries, "crashed"),
    traits,
  };
  const runs = new Map<string, Run[]>();
  for (const started of startsOf(entries, faults.frozen)) {
    const end = ends.get(keyOf(started))?.shift();
    const ofJob = runs.get(started.id) ?? [];
    ofJob.push(runOf(started, end, faults));
    runs.set(started.id, ofJob);
  }
  return runs;
}

/**
 * The starts in their order. The first line of a worker that goes on may be of a job that it was about to start. Such a
 * run began before: the worker had looked at its lease, and was frozen before it wrote the line.
 */
function startsOf(entries: readonly RunLogEntry[], frozen: Faults["frozen"]): readonly Entry<"started">[] {
  const began = new Map<RunLogEntry, number>();
  for (const { pid, from, to } of frozen) {
    const first = entries.find(
      (entry) => "at" in entry && "pid" in entry && entry.pid === pid && entry.at >= to,
    );
    if (first?.type === "started") began.set(first, from);
  }
  return pick(entries, "started")
    .map((started) => ({ ...started, at: began.get(started) ?? started.at }))
    .sort((a, b) => a.at - b.at);
}

function runOf(
  { pid, at: startedAt, attempt, delivery }: Entry<"started">,
  end: Entry<"done" | "failed"> | undefined,
  { killedAt, frozen, crashed, traits }: Faults,
): Run {
  const diedAt = killedAt.get(pid) ?? Number.POSITIVE_INFINITY;
  const lastAt = end?.at ?? diedAt;
  const touches = (from: number, to: number) => startedAt <= to && lastAt >= from;
  const ofWorker = frozen.filter((one) => one.pid === pid);
  const freezes = ofWorker.filter(({ from, to }) => touches(from, to));
  return {
    startedAt,
    attempt,
    delivery,
    isDone: end?.type === "done",
    endedAt: Math.min(
      lastAt,
      ...freezes.map(({ from }) => from),
      // A run that began while the server was away has a lease from before.
      ...crashed.filter(({ to }) => startedAt <= to).map(({ from }) => Math.max(from, startedAt)),
    ),
    isCutShort: freezes.length > 0 || (end === undefined && killedAt.has(pid)),
    mayRepeatFrom: Math.min(
      diedAt - lastAt <= LOST_MS ? diedAt : Number.POSITIVE_INFINITY,
      ...crashed.filter(({ from, to }) => touches(from - LOST_MS, to + LOST_MS)).map(({ from }) => from),
      ...(traits.locksAll ? frozen : ofWorker)
        .filter(({ from, to }) => touches(from - LOST_MS, to))
        .map(({ from }) => from),
    ),
  };
}

function pick<Type extends RunLogEntry["type"]>(entries: readonly RunLogEntry[], type: Type): Entry<Type>[] {
  return entries.filter((entry) => entry.type === type) as Entry<Type>[];
}

/** A worker may run the same job twice, when it has lost its lease and gets it again. */
function endsOf(entries: readonly RunLogEntry[]): ReadonlyMap<string, Entry<"done" | "failed">[]> {
  const ends = new Map<string, Entry<"done" | "failed">[]>();
  for (const entry of entries) {
    if (entry.type !== "done" && entry.type !== "failed") continue;
    ends.set(keyOf(entry), [...(ends.get(keyOf(entry)) ?? []), entry]);
  }
  return ends;
}

function keyOf({ id, pid }: { readonly id: string; readonly pid: number }): string {
  return `${id} ${pid}`;
}
