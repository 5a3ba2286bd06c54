import { AssertionError } from "node:assert";
import { inspect, isDeepStrictEqual } from "node:util";
import type { Task, TaskInput } from "@jobs/core";
import { formatDuration } from "@jobs/core/config";
import { matchesPartially, type Partially } from "./partial-match.ts";
import type { StoredJob } from "./stored-jobs.ts";

/** Expectations of a stored job besides its parameters. A field that is left out may have any value. */
export interface ExpectedJob {
  /** The exact number of matching jobs. Default: one or more. */
  readonly count?: number;
  readonly id?: string;
  /** Name of the queue without prefix. */
  readonly queue?: string;
  /** How long from now until it is due, in ms; 0 for a job that is ready. */
  readonly delayMs?: number;
  /** When it is due. */
  readonly at?: Date;
  readonly priority?: number;
  /** These headers; others may be there too. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** All parts of an expectation. */
export interface Expectation<T extends Task> {
  readonly task: T;
  readonly params: Partially<TaskInput<T>> | undefined;
  readonly options: ExpectedJob;
}

/**
 * The matching jobs among `stored`.
 * @throws AssertionError when there are none, or not as many as expected; the message lists the stored jobs.
 */
export function assertStored<T extends Task>(
  stored: readonly StoredJob[],
  expectation: Expectation<T>,
  caller: AssertionCaller,
): readonly StoredJob<T>[] {
  const { task, params, options } = expectation;
  const fitting = stored.filter(
    (job): job is StoredJob<T> => job.task === task.name && fits(job, expectation),
  );
  const { count } = options;
  if (count === undefined ? fitting.length > 0 : fitting.length === count) return fitting;
  const wanted = count === undefined ? "a stored job" : `${count} stored job${count === 1 ? "" : "s"}`;
  const found = count === undefined ? "" : `${fitting.length} found; `;
  throw new AssertionError({
    message: `expected ${wanted} of ${describe(expectation)}, but ${found}${showJobs(stored)}`,
    actual: stored.filter((job) => job.task === task.name).map((job) => job.params),
    expected: params === undefined ? [] : [params],
    operator: "expectEnqueued",
    stackStartFn: caller,
  });
}

/** The public function that the stack trace of a failing test begins at. */
export type AssertionCaller = (...args: never[]) => unknown;

/** @throws AssertionError when anything is stored; the message lists it. */
export function assertNothingStored(stored: readonly StoredJob[], caller: AssertionCaller): void {
  if (stored.length === 0) return;
  throw new AssertionError({
    message: `expected no stored jobs, but ${showJobs(stored)}`,
    actual: stored.map((job) => job.task),
    expected: [],
    operator: "expectNothingEnqueued",
    stackStartFn: caller,
  });
}

function fits<T extends Task>(job: StoredJob, { params, options }: Expectation<T>): boolean {
  const { id, queue, delayMs, at, priority, headers } = options;
  return (
    matchesPartially(job.params, params ?? {}) &&
    matchesPartially(job.headers, headers ?? {}) &&
    isAsWanted(id, job.id) &&
    isAsWanted(queue, job.queue) &&
    isAsWanted(delayMs, job.delayMs) &&
    isAsWanted(at?.getTime(), job.dueAt) &&
    isAsWanted(priority, job.priority)
  );
}

function isAsWanted(wanted: unknown, actual: unknown): boolean {
  return wanted === undefined || isDeepStrictEqual(wanted, actual);
}

function describe<T extends Task>({ task, params, options }: Expectation<T>): string {
  const { count: _count, delayMs, ...rest } = options;
  const limits = {
    ...rest,
    ...(delayMs === undefined ? {} : { delay: formatDuration(delayMs) }),
  };
  const shownParams = params === undefined ? "" : ` with ${showValue(params)}`;
  const shownLimits = Object.keys(limits).length === 0 ? "" : ` and ${showValue(limits)}`;
  return `"${task.name}"${shownParams}${shownLimits}`;
}

/** A longer list would hide the line with the error. */
const SHOWN_JOBS = 10;

/** The end of a sentence after "but": the stored jobs, one on each line. */
function showJobs(jobs: readonly StoredJob[]): string {
  if (jobs.length === 0) return "nothing is stored.";
  const lines = jobs.slice(0, SHOWN_JOBS).map((job) => `\n  ${showJob(job)}`);
  const rest = jobs.length > SHOWN_JOBS ? `\n  … and ${jobs.length - SHOWN_JOBS} more` : "";
  return `${jobs.length === 1 ? "one job is" : `${jobs.length} jobs are`} stored:${lines.join("")}${rest}`;
}

/** A value on one line. Parameters are shown: this is a test. */
function showValue(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 200 });
}

function showJob({ task, params, queue, state, delayMs, priority, failures }: StoredJob): string {
  const notes = [
    state === "delayed" ? `due in ${formatDuration(delayMs)}` : state,
    ...(priority === 0 ? [] : [`priority ${priority}`]),
    ...(failures === 0 ? [] : [`failed ${failures}×`]),
  ];
  return `${task} ${showValue(params)} in queue "${queue}": ${notes.join(", ")}`;
}
