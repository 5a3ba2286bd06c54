import type { BrokerQueue } from "../broker/broker.ts";
import type { ValidatedBroker } from "../broker/broker-validator.ts";
import type { Diagnosis } from "../broker/diagnosis.ts";
import type { AppConfig, WorkerSettings } from "../config/app-config.ts";
import type { AppCoordination } from "../coordination/open-coordination.ts";
import type { CompletionStep, RunOnce } from "../job/completion.ts";
import type { BoundHandler } from "../job/handler.ts";
import type { DeathKeeper } from "../results/keep-deaths.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Slots } from "./limits/slots.ts";
import type { TaskLimiter } from "./limits/task-limiter.ts";
import type { Cancellations, QueuePauses } from "./presence/cancel-and-pause.ts";
import type { Execution, Timeouts } from "./run/execution.ts";
import type { Run } from "./run/run.ts";
import type { ContextParts } from "./run/run-context.ts";
import type { StopCondition } from "./worker.ts";
import type { WorkerCounters } from "./worker-report.ts";

/** The parts of a worker; the app provides them. */
export interface WorkerParts extends EarlyParts, LateParts {}

/** What a worker has before it runs. */
export interface EarlyParts extends ContextParts {
  /** Identity of the worker, which shows who runs a job (requirement C21). */
  readonly identity: string;
  readonly broker: ValidatedBroker;
  readonly config: AppConfig;
  readonly settings: WorkerSettings;
  readonly tasks: TaskRegistry;
  readonly handlers: ReadonlyMap<string, BoundHandler>;
  /** Keeps the result of a dead job, if there is a result store. */
  readonly keepDeath?: DeathKeeper["keep"] | undefined;
  /** Names of all queues that the app sends to, without prefix. */
  readonly usedQueues: readonly string[];
  /** Whether all who see the jobs see the results; `undefined` without a result store. */
  readonly resultsReach: Diagnosis | undefined;
  readonly until: StopCondition | undefined;
  readonly ownsProcess: boolean;
  /** The coordination store for its heartbeat. */
  readonly appCoordination: AppCoordination;
  /** The queue of a full name, for its numbers. */
  openQueue(fullName: string): Promise<BrokerQueue>;
}

/** What is made when a worker runs. Its code is loaded then. */
export interface LateParts {
  readonly execution: Execution;
  /** Between a handler's success and the ack. */
  readonly steps: readonly CompletionStep[];
  /** Set when kept results are checked before a run. */
  readonly once?: RunOnce | undefined;
  /** Keeps the result of a cancelled job, if there is a result store. */
  readonly keepCancelled?: CompletionStep | undefined;
  readonly services: readonly WorkerService[];
}

/** The parts that all runs of a worker share. The engine makes them once. */
export interface RunParts extends WorkerParts {
  readonly counters: WorkerCounters;
  readonly cancellations: Cancellations;
  readonly pauses: QueuePauses;
  readonly slots: Slots;
  readonly taskLimiter: TaskLimiter;
  readonly timeouts: Timeouts;
  /** The longest delay of a retry that all its queues can hold, in ms. At most 100 years, the longest that a call takes. */
  readonly maxRetryDelayMs: number;
  /** Runs with a failing completion step; each occupies its slot. */
  readonly delayed: Set<Run>;
  /** Aborts at a stop; a step that fails then is retried once. */
  readonly stopping: AbortSignal;
}

/** A service that runs while a worker takes jobs. It may refuse the start. */
export interface WorkerService {
  /** Before the worker opens anything. Rejects when it must not start. */
  prepare(): Promise<void>;
  /** The worker takes jobs from now on. */
  begin(): void;
  /** The worker takes no more jobs. Resolves within seconds, when the service has ended. */
  end(): Promise<void>;
}
