import type { JobsCommandClass } from "./base/jobs-command.ts";

/** A command by name, not loaded yet. */
export interface CommandEntry {
  /** One line for `jobs --help`. */
  readonly summary: string;
  /** Loads the class: a command pays only for its own code. */
  load(): Promise<{ readonly default: JobsCommandClass }>;
}

/** All commands by what is typed, groups as `group verb`, in the order of the help. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  worker: { summary: "Run jobs until stopped.", load: () => import("./commands/worker.ts") },
  enqueue: {
    summary: "Check a job and put it into its queue.",
    load: () => import("./commands/enqueue.ts"),
  },
  run: { summary: "Run one job here and now, without a broker.", load: () => import("./commands/run.ts") },
  stats: {
    summary: "Count what is in the queues; watch it, or fail over a limit.",
    load: () => import("./commands/stats.ts"),
  },
  list: { summary: "List jobs of a queue by state.", load: () => import("./commands/list.ts") },
  peek: {
    summary: "Look at the next jobs of a queue, parameters included; takes nothing.",
    load: () => import("./commands/peek.ts"),
  },
  show: { summary: "Show one job.", load: () => import("./commands/show.ts") },
  result: {
    summary: "Show what became of a job, or wait for it.",
    load: () => import("./commands/result.ts"),
  },
  "results migrate": {
    summary: "Make the tables of results in Postgres, or bring them up to date.",
    load: () => import("./commands/results/migrate.ts"),
  },
  "results grants": {
    summary: "Print what a role of Postgres needs of the results.",
    load: () => import("./commands/results/grants.ts"),
  },
  tasks: { summary: "List the tasks of this app.", load: () => import("./commands/tasks.ts") },
  lock: {
    summary: "Write down the tasks' signatures, or check what has changed.",
    load: () => import("./commands/lock.ts"),
  },
  cancel: {
    summary: "Cancel a job, or a whole flow, by its id.",
    load: () => import("./commands/cancel.ts"),
  },
  "schedule list": {
    summary: "List schedules with their last and next ticks.",
    load: () => import("./commands/schedule/list.ts"),
  },
  "schedule run": {
    summary: "Send a job of a schedule now.",
    load: () => import("./commands/schedule/run.ts"),
  },
  "schedule pause": {
    summary: "Send no more jobs of a schedule.",
    load: () => import("./commands/schedule/pause.ts"),
  },
  "schedule resume": { summary: "Undo a pause.", load: () => import("./commands/schedule/resume.ts") },
  "dlq list": {
    summary: "List dead letters, with their reasons.",
    load: () => import("./commands/dlq/list.ts"),
  },
  "dlq show": { summary: "Show one dead letter.", load: () => import("./commands/dlq/show.ts") },
  "dlq retry": {
    summary: "Put dead letters back into their queue.",
    load: () => import("./commands/dlq/retry.ts"),
  },
  "dlq export": {
    summary: "Write dead letters to stdout, one line of JSON each, parameters included.",
    load: () => import("./commands/dlq/export.ts"),
  },
  "dlq rm": { summary: "Remove dead letters for good.", load: () => import("./commands/dlq/rm.ts") },
  "queue pause": {
    summary: "Stop deliveries of a queue to every worker.",
    load: () => import("./commands/queue/pause.ts"),
  },
  "queue resume": { summary: "Undo a pause.", load: () => import("./commands/queue/resume.ts") },
  "queue purge": {
    summary: "Remove all waiting jobs of a queue.",
    load: () => import("./commands/queue/purge.ts"),
  },
  doctor: {
    summary: "Look for what would lose or strand jobs: limits, dead letters, permissions.",
    load: () => import("./commands/doctor.ts"),
  },
  workers: {
    summary: "List the workers that are alive, with their load.",
    load: () => import("./commands/workers.ts"),
  },
  monitor: {
    summary: "Write what happens to jobs and workers to a database.",
    load: () => import("./commands/monitor.ts"),
  },
  events: {
    summary: "Print what happens to jobs and workers, taking it off the monitor's queue.",
    load: () => import("./commands/events.ts"),
  },
  "infra print": {
    summary: "Print the queues of SQS and their policies; applies nothing.",
    load: () => import("./commands/infra/print.ts"),
  },
  caps: { summary: "Show what the broker can do.", load: () => import("./commands/caps.ts") },
  config: {
    summary: "Show every setting and where it comes from.",
    load: () => import("./commands/config.ts"),
  },
  "config explain": {
    summary: "Show who set a setting, and what that shadows.",
    load: () => import("./commands/config/explain.ts"),
  },
  "config check": {
    summary: "Load configuration and app, and report what is wrong.",
    load: () => import("./commands/config/check.ts"),
  },
  bench: {
    summary: "Measure how fast jobs are sent and worked off, on a queue of its own.",
    load: () => import("./commands/bench.ts"),
  },
  conformance: {
    summary: "Judge an adapter of your own by the conformance kit.",
    load: () => import("./commands/conformance.ts"),
  },
  version: { summary: "Print the versions of jobs and Node.", load: () => import("./commands/version.ts") },
};
