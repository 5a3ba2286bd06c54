import { formatDuration } from "@jobs/core/config";
import type { WorkerPresence } from "@jobs/core/runtime";
import { maskText } from "../output/mask-secrets.ts";
import { tableLines } from "../output/table.ts";

const COLUMNS = [
  { title: "worker" },
  { title: "state" },
  { title: "release" },
  { title: "queues" },
  { title: "running", align: "right" },
  { title: "slots", align: "right" },
  { title: "done", align: "right" },
  { title: "up" },
  { title: "seen" },
] as const;

const JOB_COLUMNS = [
  { title: "running" },
  { title: "task" },
  { title: "id" },
  { title: "attempt", align: "right" },
  { title: "worker" },
] as const;

/** A row for each worker; `now` is in ms since 1970. */
export function workersLines(workers: readonly WorkerPresence[], now: number): readonly string[] {
  const rows = workers.map((worker) => rowOf(worker, now));
  return tableLines(COLUMNS, rows);
}

/** A row for each job in a handler, the longest first. A worker names at most 100 of its jobs. */
export function runningLines(workers: readonly WorkerPresence[], now: number): readonly string[] {
  const running = workers
    .flatMap(({ worker, jobs }) => jobs.map((job) => ({ ...job, worker })))
    .toSorted((one, other) => one.startedAt - other.startedAt);
  const unnamed = workers.reduce((sum, { running, jobs }) => sum + Math.max(0, running - jobs.length), 0);
  const rows = running.map(({ startedAt, task, id, attempt, worker }) => [
    wholeSeconds(now - startedAt),
    task,
    id,
    String(attempt),
    worker,
  ]);
  if (rows.length === 0) return [];
  return [...tableLines(JOB_COLUMNS, rows), ...(unnamed === 0 ? [] : [`(and ${unnamed} more)`])];
}

function rowOf(presence: WorkerPresence, now: number): readonly string[] {
  const { worker, release = "-", queues, running, concurrency, settled } = presence;
  const { startedAt, seenAt } = presence;
  return [
    worker,
    stateOf(presence),
    maskText(release),
    queues.join(","),
    String(running),
    String(concurrency),
    String(settled),
    wholeSeconds(now - startedAt),
    `${wholeSeconds(now - seenAt)} ago`,
  ];
}

/** The state of a worker. For a running one also the reason why slots take no jobs. */
function stateOf({ state, isReady, delayed, concurrency }: WorkerPresence): string {
  if (state !== "running") return state;
  if (delayed > 0) return `${delayed} of ${concurrency} delayed`;
  return isReady ? state : "broker lost";
}

/** Clocks of two machines differ, so an age below 0 counts as 0. */
function wholeSeconds(ms: number): string {
  return formatDuration(Math.max(0, Math.round(ms / 1_000)) * 1_000);
}
