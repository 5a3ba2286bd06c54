import type { JobsCommandClass } from "./base/jobs-command.ts";

/** A command by name, not loaded yet. */
export interface CommandEntry {
  /** One line for `jobs --help`. */
  readonly summary: string;
  /** Loads the class. So a command loads only its own code. */
  load(): Promise<{ readonly default: JobsCommandClass }>;
}

/** All commands by the words that people type (`group verb` in groups), in the order of the help. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  init: {
    summary: "Write a new project, or add jobs to one; install it, and run its first job.",
    load: () => import("./commands/init.ts"),
  },
  worker: { summary: "Run jobs until stopped.", load: () => import("./commands/worker.ts") },
  enqueue: {
    summary: "Check a job and put it into its queue.",
    load: () => import("./commands/enqueue.ts"),
  },
  run: { summary: "Run one job in this process, without a broker.", load: () => import("./commands/run.ts") },
  repro: {
    summary: "Run one job of production here, without settling it.",
    load: () => import("./commands/repro.ts"),
  },
  replay: {
    summary: "Run recorded jobs with today's code, and compare the outcomes.",
    load: () => import("./commands/replay.ts"),
  },
  dash: {
    summary: "Serve a page that shows queues, jobs and workers, and changes them.",
    load: () => import("./commands/dash.ts"),
  },
  stats: {
    summary: "Count the jobs of the queues; watch them, or fail over a limit.",
    load: () => import("./commands/stats.ts"),
  },
  top: {
    summary: "Watch queues, workers and running jobs.",
    load: () => import("./commands/top.ts"),
  },
  list: {
    summary: "List jobs of a queue by state, or finished ones from the history.",
    load: () => import("./commands/list.ts"),
  },
  peek: {
    summary: "Show the next jobs of a queue with their parameters; changes nothing.",
    load: () => import("./commands/peek.ts"),
  },
  show: { summary: "Show one job.", load: () => import("./commands/show.ts") },
  why: {
    summary: "Say why a job is where it is, or why a queue does not move.",
    load: () => import("./commands/why.ts"),
  },
  result: {
    summary: "Show the result of a job, or wait for it.",
    load: () => import("./commands/result.ts"),
  },
  move: {
    summary: "Move waiting jobs and dead letters to another broker.",
    load: () => import("./commands/move.ts"),
  },
  tasks: { summary: "List the tasks of this app.", load: () => import("./commands/tasks.ts") },
  lock: {
    summary: "Write the tasks' signatures to a file, or check for changes.",
    load: () => import("./commands/lock.ts"),
  },
  types: {
    summary: "Write the tasks of a lock as types, JSON Schema or AsyncAPI, for producers elsewhere.",
    load: () => import("./commands/types.ts"),
  },
  "deploy-plan": {
    summary: "Print the order of a deploy since an earlier release, as commands.",
    load: () => import("./commands/deploy-plan.ts"),
  },
  wait: {
    summary: "Wait until no old job of a task is left, or all workers accept its new form.",
    load: () => import("./commands/wait.ts"),
  },
  check: {
    summary: "Check the jobs that wait against the tasks of this release.",
    load: () => import("./commands/check.ts"),
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
    summary: "Stop the jobs of a schedule until it is resumed.",
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
    summary: "Write dead letters to stdout with their parameters, one line of JSON each.",
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
    summary: "Check for what could lose or strand jobs: limits, dead letters, permissions.",
    load: () => import("./commands/doctor.ts"),
  },
  workers: {
    summary: "List the workers that are alive, with their load.",
    load: () => import("./commands/workers.ts"),
  },
  relay: {
    summary: "Send jobs that wait in an outbox to their broker.",
    load: () => import("./commands/relay.ts"),
  },
  monitor: {
    summary: "Write the events of jobs and workers to a database.",
    load: () => import("./commands/monitor.ts"),
  },
  events: {
    summary: "Print the events of jobs and workers, from the history or else off the monitor's queue.",
    load: () => import("./commands/events.ts"),
  },
  "infra print": {
    summary: "Print the queues that must exist beforehand, and their policies; changes nothing.",
    load: () => import("./commands/infra/print.ts"),
  },
  "schema migrate": {
    summary: "Create or update the tables in a database, or take steps back.",
    load: () => import("./commands/schema/migrate.ts"),
  },
  "schema grants": {
    summary: "Print the statements that give a role of the database the rights it needs.",
    load: () => import("./commands/schema/grants.ts"),
  },
  caps: { summary: "Show what the broker can do.", load: () => import("./commands/caps.ts") },
  config: {
    summary: "Show every setting and its source.",
    load: () => import("./commands/config.ts"),
  },
  "config explain": {
    summary: "Show the source of a setting, and what it overrides.",
    load: () => import("./commands/config/explain.ts"),
  },
  "config check": {
    summary: "Load configuration and app, and report errors.",
    load: () => import("./commands/config/check.ts"),
  },
  bench: {
    summary: "Measure how fast jobs are sent and run, on a separate queue.",
    load: () => import("./commands/bench.ts"),
  },
  conformance: {
    summary: "Check your own adapter with the conformance kit.",
    load: () => import("./commands/conformance.ts"),
  },
  shell: {
    summary: "Print the function that gives a shell the command and its completion.",
    load: () => import("./commands/shell.ts"),
  },
  version: { summary: "Print the versions of jobs and Node.", load: () => import("./commands/version.ts") },
};
