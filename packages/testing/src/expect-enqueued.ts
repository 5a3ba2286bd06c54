import { AssertionError } from "node:assert";
import { inspect, isDeepStrictEqual } from "node:util";
import type { Task, TaskInput } from "@jobs/core";
import { formatDuration } from "@jobs/core/config";
import { checkArgument, optionsCheck, optionRules as rule } from "@jobs/core/runtime";
import { differingKeys, matchesPartially, type Partially } from "./partial-match.ts";
import type { RecordedJob, StoredJob } from "./stored-jobs.ts";

/** Expectations of a job besides its parameters. A field that is left out may have any value. */
export interface ExpectedJob {
  /** The exact number of matching jobs. Default: one or more. */
  readonly count?: number;
  readonly id?: string;
  /** Name of the queue without prefix. */
  readonly queue?: string;
  /** How long until it is due, in ms; 0 for a job that is ready. `createTestApp` counts from now, `fake` from the enqueue. */
  readonly delayMs?: number;
  /** When it is due. */
  readonly at?: Date;
  readonly priority?: number;
  /** These headers; others may be there too. */
  readonly headers?: Readonly<Record<string, string>>;
}

const checkOptions = optionsCheck<ExpectedJob>({
  count: rule.whole(0),
  id: rule.text,
  queue: rule.text,
  delayMs: rule.ms(),
  at: rule.date,
  priority: rule.number,
  headers: rule.object,
});

/** All parts of an expectation. */
export interface Expectation<T extends Task> {
  readonly task: T;
  readonly params: Partially<TaskInput<T>> | undefined;
  readonly options: ExpectedJob;
}

/** @throws ConfigError for what is no task, no object of parameters or no option, in the name of `call` */
export function checkExpectation(
  { task, params, options }: { readonly task: unknown; readonly params: unknown; readonly options: unknown },
  call: string,
): void {
  checkArgument(task, `${call}: the task`, rule.task);
  if (params !== undefined) checkArgument(params, `${call}: the parameters`, rule.object);
  checkOptions(options as ExpectedJob, call);
}

/** How an expectation speaks of the jobs that it looks at. */
export interface JobsWording {
  /** `stored`, `enqueued`. */
  readonly done: string;
  /** The end of `1 job …`, `2 jobs …`. */
  readonly one: string;
  readonly many: string;
  /** The sentence for no jobs at all. */
  readonly none: string;
}

const STORED: JobsWording = {
  done: "stored",
  one: "one job is stored",
  many: "jobs are stored",
  none: "nothing is stored.",
};

/** The public function that the stack trace of a failing test begins at. */
export type AssertionCaller = (...args: never[]) => unknown;

/**
 * The matching jobs among `stored`.
 * @throws AssertionError when there are none, or not as many as expected; the message lists the stored jobs.
 */
export function assertStored<T extends Task>(
  stored: readonly StoredJob[],
  expectation: Expectation<T>,
  caller: AssertionCaller,
): readonly StoredJob<T>[] {
  const matched = matchJobs(stored, expectation);
  if (isAsMany(matched, expectation)) return matched as readonly StoredJob<T>[];
  throw new AssertionError({
    message: unmetText(stored, expectation, STORED),
    ...comparedParams(stored, expectation),
    operator: "expectEnqueued",
    stackStartFn: caller,
  });
}

/** @throws AssertionError when anything is stored; the message lists it. */
export function assertNothingStored(stored: readonly StoredJob[], caller: AssertionCaller): void {
  if (stored.length === 0) return;
  throw new AssertionError({
    message: `expected no stored jobs, but ${showJobs(stored, STORED)}`,
    actual: stored.map((job) => job.task),
    expected: [],
    operator: "expectNothingEnqueued",
    stackStartFn: caller,
  });
}

/** The jobs that meet an expectation, whatever their number. */
export function matchJobs<T extends Task, Job extends RecordedJob>(
  jobs: readonly Job[],
  expectation: Expectation<T>,
): readonly Job[] {
  return jobs.filter(
    (job) => job.task === expectation.task.name && differences(job, expectation).length === 0,
  );
}

/** Whether as many jobs were found as expected. */
export function isAsMany(matched: readonly RecordedJob[], { options }: Expectation<Task>): boolean {
  return options.count === undefined ? matched.length > 0 : matched.length === options.count;
}

/** What a test runner compares, for its own view of a failure. */
export function comparedParams(
  jobs: readonly RecordedJob[],
  { task, params }: Expectation<Task>,
): { readonly actual: unknown; readonly expected: unknown } {
  return {
    actual: jobs.filter((job) => job.task === task.name).map((job) => job.params),
    expected: params === undefined ? [] : [params],
  };
}

/** The text of an expectation that is not met. It lists the jobs, the nearest first, each with what differs. */
export function unmetText(
  jobs: readonly RecordedJob[],
  expectation: Expectation<Task>,
  wording: JobsWording,
): string {
  const { count } = expectation.options;
  const article = /^[aeiou]/.test(wording.done) ? "an" : "a";
  const wanted =
    count === undefined
      ? `${article} ${wording.done} job`
      : `${count} ${wording.done} job${count === 1 ? "" : "s"}`;
  const found = count === undefined ? "" : `${matchJobs(jobs, expectation).length} found; `;
  return `expected ${wanted} of ${describeExpectation(expectation)}, but ${found}${showJobs(jobs, wording, expectation)}`;
}

/** The text of an expectation that is met although it should not be. */
export function unwantedText(
  matched: readonly RecordedJob[],
  expectation: Expectation<Task>,
  wording: JobsWording,
): string {
  return `expected no ${wording.done} job of ${describeExpectation(expectation)}, but ${showJobs(matched, wording)}`;
}

/** What of a job is not as expected, such as `params.to` or `queue`; empty for one that meets the expectation. */
function differences(job: RecordedJob, { params = {}, options }: Expectation<Task>): readonly string[] {
  const { id, queue, delayMs, at, priority, headers } = options;
  const wanted = { id, queue, delayMs, dueAt: at?.getTime(), priority };
  return [
    ...differingKeys(job.params, params as object).map((name) => (name === "" ? "params" : `params.${name}`)),
    ...Object.entries(wanted)
      .filter(([name, value]) => value !== undefined && !isDeepStrictEqual(job[name as "id"], value))
      .map(([name]) => (name === "dueAt" ? "at" : name)),
    ...(matchesPartially(job.headers, headers ?? {}) ? [] : ["headers"]),
  ];
}

function describeExpectation({ task, params, options }: Expectation<Task>): string {
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

/** The end of a sentence after "but": the jobs, one on each line, those nearest to the expectation first. */
export function showJobs(
  jobs: readonly RecordedJob[],
  { one, many, none }: JobsWording,
  expectation?: Expectation<Task>,
): string {
  if (jobs.length === 0) return none;
  const lines = nearestFirst(jobs, expectation)
    .slice(0, SHOWN_JOBS)
    .map(([job, unlike]) => `\n  ${showJob(job)}${unlike.length === 0 ? "" : ` ← ${unlike.join(", ")}`}`);
  const others = jobs.length > SHOWN_JOBS ? `\n  … and ${jobs.length - SHOWN_JOBS} more` : "";
  return `${jobs.length === 1 ? one : `${jobs.length} ${many}`}:${lines.join("")}${others}`;
}

/** Each job with what differs. Jobs of the expected task come first, then those of others in their order. */
function nearestFirst(
  jobs: readonly RecordedJob[],
  expectation: Expectation<Task> | undefined,
): readonly (readonly [RecordedJob, readonly string[]])[] {
  const compared = jobs.map((job) => {
    const isOfTask = job.task === expectation?.task.name;
    const unlike = isOfTask ? differences(job, expectation) : [];
    return { job, unlike, distance: isOfTask ? unlike.length : Number.POSITIVE_INFINITY };
  });
  // A plain subtraction of two infinities is not a number.
  const sorted = compared.toSorted((a, b) => (a.distance === b.distance ? 0 : a.distance - b.distance));
  return sorted.map(({ job, unlike }) => [job, unlike]);
}

/** A value on one line. Parameters are shown: this is a test. */
function showValue(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 200 });
}

function showJob(job: RecordedJob | StoredJob): string {
  const { task, params, queue, delayMs, priority } = job;
  const state = "state" in job ? job.state : "ready";
  const failures = "failures" in job ? job.failures : 0;
  const notes = [
    state === "delayed" || delayMs > 0 ? `due in ${formatDuration(delayMs)}` : state,
    ...(priority === 0 ? [] : [`priority ${priority}`]),
    ...(failures === 0 ? [] : [`failed ${failures}×`]),
  ];
  return `${task} ${showValue(params)} in queue "${queue}": ${notes.join(", ")}`;
}
