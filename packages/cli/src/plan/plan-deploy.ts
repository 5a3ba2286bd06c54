import { compareLocks } from "../lock/compare-locks.ts";
import type { LockChange } from "../lock/lock-change.ts";
import type { Lock } from "../lock/task-lock.ts";
import { type OldJobs, type Stage, stagesOf } from "./change-stages.ts";

/** One step. Steps are done one after the other. */
export type PlanStep =
  | { readonly kind: "deploy"; readonly who: "workers" | "producers"; readonly release: number }
  /** Words behind the name of the command. It ends with 0 when the next step may begin. */
  | { readonly kind: "command"; readonly args: readonly string[]; readonly why: string };

/** What a release does about one change. */
export interface PlannedChange {
  readonly change: LockChange;
  readonly todo: string;
}

/** A release: code that is deployed to workers and producers. */
export interface PlannedRelease {
  /** From 1. */
  readonly number: number;
  readonly first: Stage["first"];
  readonly changes: readonly PlannedChange[];
  readonly steps: readonly PlanStep[];
}

/** The order of a deploy. Without a change that matters it has no release. */
export interface DeployPlan {
  readonly releases: readonly PlannedRelease[];
  /** Changes that could be deployed at once, were it not for others that need the opposite order. */
  readonly opposite: {
    readonly workersFirst: readonly LockChange[];
    readonly producersFirst: readonly LockChange[];
  };
  /** What a later release may do, and the command that ends with 0 from then on. */
  readonly later: readonly { readonly what: string; readonly args: readonly string[] }[];
}

/** The two forms of the code, and how the plan is made. */
export interface PlanSource {
  /** What is deployed now. */
  readonly before: Lock;
  /** This code. */
  readonly after: Lock;
  /** The limit of each wait, as it is written: `30m`. */
  readonly timeout: string;
  /** Whether the broker shows no waiting jobs. The history has no signatures, and often no parameters to check. */
  readonly isByHistory: boolean;
}

interface Staged {
  readonly change: LockChange;
  readonly stage: Stage;
}

/**
 * One plan for all changes since `before`. What needs workers first goes into one release, what needs producers first
 * or drained queues into the next one: no release can do both.
 */
export function planDeploy(source: PlanSource): DeployPlan {
  const { before, after } = source;
  const changes = compareLocks(before, after).filter((change) => change.class !== "same");
  const staged = changes.map((change) => {
    const siblings = changes.filter(({ task }) => task === change.task);
    return { change, stages: stagesOf({ change, before, after, siblings }) };
  });
  const early = staged.flatMap(({ change, stages: [stage, second] }) =>
    second !== undefined || stage.first === "workers" ? [{ change, stage }] : [],
  );
  const late = staged.flatMap(({ change, stages: [stage, second] }) => {
    if (second !== undefined) return [{ change, stage: second }];
    return stage.first === "workers" ? [] : [{ change, stage }];
  });
  const parts = [early, late].filter((part) => part.length > 0);
  const isSplit = parts.length > 1;
  const whole = (first: Stage["first"]) =>
    staged.flatMap(({ change, stages }) =>
      isSplit && stages[1] === undefined && stages[0].first === first ? [change] : [],
    );
  const opposite = { workersFirst: whole("workers"), producersFirst: whole("producers") };
  const isOpposite = opposite.workersFirst.length > 0 && opposite.producersFirst.length > 0;
  return {
    releases: parts.map((part, index) =>
      planRelease(part, { number: index + 1, isLast: index + 1 === parts.length, source }),
    ),
    opposite: isOpposite ? opposite : { workersFirst: [], producersFirst: [] },
    later: early.flatMap(({ stage: { later } }) =>
      later === undefined ? [] : [{ what: later.what, args: waitArgs(later.drain, source) }],
    ),
  };
}

interface Position {
  readonly number: number;
  readonly isLast: boolean;
  readonly source: PlanSource;
}

function planRelease(part: readonly Staged[], { number, isLast, source }: Position): PlannedRelease {
  const stages = part.map(({ stage }) => stage);
  const first = stages.map((stage) => stage.first).find((one) => one !== "any") ?? "any";
  const deploy = (who: "workers" | "producers"): PlanStep => ({ kind: "deploy", who, release: number });
  const jobsBefore = stages.flatMap(({ drainBefore }) => drainBefore ?? []);
  const drains = waitsFor(
    stages.flatMap(({ drain }) => drain ?? []),
    source,
  );
  const renewed = part.filter(({ stage }) => stage.first === "workers").map(({ change }) => change.task);
  const check = source.isByHistory ? [] : [CHECK];
  const inOrder = {
    any: [...check, deploy("workers"), deploy("producers")],
    workers: [...check, deploy("workers"), ...acceptances(renewed, source), deploy("producers")],
    producers: [deploy("producers"), ...drains, ...check, deploy("workers")],
  };
  // Nothing follows the last release, so nobody has to wait for the end of its old jobs.
  const after = isLast || first === "producers" ? [] : drains;
  const changes = part.map(({ change, stage: { todo } }) => ({ change, todo }));
  return { number, first, changes, steps: [...waitsFor(jobsBefore, source), ...inOrder[first], ...after] };
}

/** Dead letters are no reason against a deploy. */
const CHECK: PlanStep = {
  kind: "command",
  args: ["check", "--live", "--state", "ready", "--state", "delayed"],
  why: "the new code accepts what waits",
};

/** Each wait once, in the order of the tasks. */
function waitsFor(jobs: readonly OldJobs[], source: PlanSource): readonly PlanStep[] {
  const byText = new Map(jobs.map((one) => [JSON.stringify(one), one]));
  return [...byText]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, one]) => ({ kind: "command", args: waitArgs(one, source), why: "no old job is left" }));
}

function waitArgs({ task, sig, isBeforeNow }: OldJobs, source: PlanSource): readonly string[] {
  const queues = queuesToRead(task, source);
  return [
    ...["wait", "--task", task],
    ...(sig === undefined || source.isByHistory ? [] : ["--sig", sig]),
    ...(isBeforeNow || (sig !== undefined && source.isByHistory) ? ["--enqueued-before", "now"] : []),
    ...(queues === undefined ? [] : ["--queues", queues]),
    ...["--until-empty", "--timeout", source.timeout],
  ];
}

/**
 * The old queue and those of the new code, if that does not have the old one any more: without its name nobody would look
 * there. Jobs in other queues may carry later steps of a flow, so they are read too.
 */
function queuesToRead(task: string, { before, after }: PlanSource): string | undefined {
  const old = tasksNamed([task], before).flatMap((name) => before.tasks[name]?.queue ?? []);
  const read = Object.values(after.tasks).map(({ queue }) => queue);
  return old.every((queue) => read.includes(queue))
    ? undefined
    : [...new Set([...old, ...read])].sort().join();
}

/** A task that was renamed is asked for by its new name, and one that is gone not at all. */
function acceptances(tasks: readonly string[], { after, timeout }: PlanSource): readonly PlanStep[] {
  return tasksNamed(tasks, after).map((task) => ({
    kind: "command",
    args: ["wait", "--task", task, "--until-accepted", "--timeout", timeout],
    why: "all workers know the new form",
  }));
}

/** The tasks with one of these names or aliases. */
function tasksNamed(names: readonly string[], { tasks }: Lock): readonly string[] {
  return Object.entries(tasks).flatMap(([name, { aliases = [] }]) =>
    [name, ...aliases].some((one) => names.includes(one)) ? name : [],
  );
}
