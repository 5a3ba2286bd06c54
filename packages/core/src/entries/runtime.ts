// For packages around core: clocks, strict options, thrown values, logs, stop signals.

export { dryRun, type OnDrySend } from "../app/dry-run.ts";
export { type CallObserver, type MeasuredCall, measureCalls } from "../app/measure-calls.ts";
export type { Rehearsal, RehearsedJob } from "../app/rehearse.ts";
export { isSubstituted } from "../app/substitute-app.ts";
export type { ChangeParams, DeadJob, UnfitLetter } from "../dead-letter/change-params.ts";
export {
  DEAD_KEY_PARTS,
  type DeadFilter,
  type DeadGroup,
  type DeadKey,
  deadKey,
  fitsFilter,
  type GroupOptions,
  groupDeadLetters,
} from "../dead-letter/dead-groups.ts";
export {
  type DeadLetterApp,
  type RetryLetters,
  type RetryStep,
  retryDeadLetters,
  type UnfitJob,
} from "../dead-letter/retry-dead-letters.ts";
export { type AbortCause, HandlerThrewError } from "../errors/run-errors.ts";
export { capText, describeThrown, isError, readErrorText, toError } from "../errors/to-error.ts";
export {
  type Evidence,
  type EvidenceSource,
  JOB_CAUSES,
  type JobCause,
  type JobExplanation,
  QUEUE_CAUSES,
  type QueueCause,
  type QueueExplanation,
} from "../explain/explanation.ts";
export { isTakenPath, TAKEN_PATH_FORM, type Takes } from "../flow/flow.ts";
export type { CompletionStep, RunOnce, Success } from "../job/completion.ts";
export type { JobLog } from "../job/context.ts";
export { checkJobOptions, type Enqueue, HEADERS_RULE, SENDING_RULES, TAGS_RULE } from "../job/enqueue.ts";
export type {
  Bulk,
  InstrumentationHooks,
  InstrumentedApp,
  JobToSend,
  SendManyNext,
  SendNext,
} from "../job/instrumentation.ts";
export { createLifecycle, type Lifecycle } from "../job/lifecycle.ts";
export { assertJson } from "../json/json-safety.ts";
export { parseJson } from "../json/parse-json.ts";
export {
  checkArgument,
  type OptionRule,
  type OptionRules,
  type OptionsCheck,
  optionsCheck,
  type RequiredRule,
  required,
} from "../options/check-options.ts";
export { didYouMean } from "../options/did-you-mean.ts";
export { isObject } from "../options/is-object.ts";
export * as optionRules from "../options/option-rules.ts";
export { boundFields, type LogFields, type ShownAs } from "../runtime/bound-fields.ts";
export { callListener } from "../runtime/call-listener.ts";
export { type Cancel, type Clock, keepAliveClock, repeat, sleep, systemClock } from "../runtime/clock.ts";
export { endOf, withDeadline } from "../runtime/deadline.ts";
export {
  checkDelay,
  type DelayBounds,
  delayForm,
  isDelay,
  MAX_DELAY_MS,
  MAX_TIMER_MS,
  shownDelay,
} from "../runtime/delay.ts";
export { type EarlyExit, guardExit } from "../runtime/exit-guard.ts";
export { derivedId } from "../runtime/ids.ts";
export { installCommand } from "../runtime/install-command.ts";
export { type JoinedSignal, joinSignals, withJoinedSignals } from "../runtime/joined-signal.ts";
export { listenOn } from "../runtime/listen-on.ts";
export { silentLogger, unfailing } from "../runtime/logger.ts";
export { type ModuleExports, moduleExports } from "../runtime/module-exports.ts";
export { isStoredMoment, MOMENT_FORM, parseMoment } from "../runtime/moment.ts";
export { nearestFile } from "../runtime/nearest-file.ts";
export type { ErrorSource, ReportError, ReportedContext, ReportedError } from "../runtime/report-error.ts";
export { createSharedAbort } from "../runtime/shared-abort.ts";
export {
  listenToStopSignals,
  SAME_SIGNAL_MS,
  type StopSignal,
  type StopSignalEvents,
} from "../runtime/stop-signals.ts";
export { createWakeSignal, type WakeSignal } from "../runtime/wake-signal.ts";
export type { Cadence, CatchUp } from "../schedule/schedule.ts";
export {
  type AcceptedJob,
  acceptStored,
  type JobRules,
  type RefusalReason,
  type RefusedJob,
} from "../stored/accept-stored.ts";
export type { CheckedJobs, CheckJobsOptions } from "../stored/check-jobs.ts";
export type { CheckedQueueJobs } from "../stored/check-queue.ts";
export type { CheckedSchedule } from "../stored/check-schedules.ts";
export { WAITING_STATES, type WaitingState } from "../stored/count-signatures.ts";
export type { CheckedSignature } from "../stored/job-checker.ts";
export type { JobMismatch } from "../stored/job-mismatch.ts";
export type { TaskLimitState } from "../worker/limits/task-limiter.ts";
export type { AnnouncedTask, RunningJob, WorkerPresence } from "../worker/presence/heartbeat.ts";
export {
  checkWorkerOptions,
  type StopCondition,
  WORKER_RULES,
  WORKER_SETTING_RULES,
} from "../worker/worker.ts";
export { type StopCause, sumReports } from "../worker/worker-report.ts";
