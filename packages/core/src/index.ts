// For applications: tasks, handlers, the app, jobs, flows, schedules, workers, and the errors that they catch.

export type { App } from "./app/app.ts";
export type { AppDefinition } from "./app/app-definition.ts";
export type { AppOptions, AppReplacements } from "./app/app-options.ts";
export { createApp } from "./app/create-app.ts";
export { createMonitor, type MonitorOptions } from "./app/create-monitor.ts";
export { BrokerUnavailableError } from "./errors/broker-errors.ts";
export { ERROR_CODES, type ErrorCode } from "./errors/codes.ts";
export { ConfigError } from "./errors/config-errors.ts";
export {
  FlowValueError,
  PayloadTooLargeError,
  SignatureError,
  UnknownTaskError,
} from "./errors/contract-errors.ts";
export { isJobsError, JobsError } from "./errors/jobs-error.ts";
export { FatalError, JobAbortedError, JobTimeoutError, RetryLater } from "./errors/run-errors.ts";
export type { CancelOutcome } from "./flow/cancel-job.ts";
export {
  type Chain,
  chain,
  type Flow,
  type Group,
  group,
  type Step,
  type StepOptions,
  step,
} from "./flow/flow.ts";
export type { StartedFlow, StartOptions } from "./flow/start-flow.ts";
export type { Followups, JobContext } from "./job/context.ts";
export type { EnqueuedJob, EnqueueItem, EnqueueOptions, EnqueueResult, JobOptions } from "./job/enqueue.ts";
export { type Middleware, type Next, TaskExecutor } from "./job/executor.ts";
export { type BoundHandler, type Handler, handle } from "./job/handler.ts";
export type { Instrumentation } from "./job/instrumentation.ts";
export type { JobRef, LifecycleEvent, Observer, RunRef } from "./job/lifecycle.ts";
export type { ErrorContext, OnError } from "./job/on-error.ts";
export type { ResultOptions } from "./results/await-result.ts";
export type { JobResult } from "./results/result-store.ts";
export type { Backoff } from "./retry/backoff.ts";
export type { Logger } from "./runtime/logger.ts";
export { defineSchedule, type Schedule, type ScheduleOptions } from "./schedule/schedule.ts";
export type { ScheduleState, Schedules } from "./schedule/schedules.ts";
export { defineTask } from "./task/define-task.ts";
export type { ErrorMatcher, Task, TaskInput, TaskOptions, TaskOutput } from "./task/task.ts";
export { upcast } from "./task/upcast.ts";
export type { Worker, WorkerOptions } from "./worker/worker.ts";
export type { WorkerReport } from "./worker/worker-report.ts";
