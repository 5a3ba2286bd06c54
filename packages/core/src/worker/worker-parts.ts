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

/** What a worker is made of; put together by the app. */
export interface WorkerParts extends ContextParts {
  /** Of the worker, for whoever wants to know who runs a job (requirement C21). */
  readonly identity: string;
  readonly broker: ValidatedBroker;
  readonly config: AppConfig;
  readonly settings: WorkerSettings;
  readonly tasks: TaskRegistry;
  readonly handlers: ReadonlyMap<string, BoundHandler>;
  readonly execution: Execution;
  /** Between a handler's success and the ack. */
  readonly steps: readonly CompletionStep[];
  /** Set where jobs that must not run twice are looked up first. */
  readonly once?: RunOnce | undefined;
  /** Keeps that a job was cancelled, where results are kept. */
  readonly keepCancelled?: CompletionStep | undefined;
  /** Keeps that a job has died, where results are kept. */
  readonly keepDeath?: DeathKeeper["keep"] | undefined;
  readonly services: readonly WorkerService[];
  /** Whether results are seen by all who see the jobs; `undefined` where none are kept. */
  readonly resultsReach: Diagnosis | undefined;
  readonly until: StopCondition | undefined;
  readonly ownsProcess: boolean;
  /** Where the worker tells that it is there. */
  readonly appCoordination: AppCoordination;
  /** The queue of a full name, for its numbers. */
  openQueue(fullName: string): Promise<BrokerQueue>;
}

/** What all runs of a worker share: what the app gave, and what the worker keeps about its runs. Made once, by the engine. */
export interface RunParts extends WorkerParts {
  readonly counters: WorkerCounters;
  readonly cancellations: Cancellations;
  readonly pauses: QueuePauses;
  readonly slots: Slots;
  readonly taskLimiter: TaskLimiter;
  readonly timeouts: Timeouts;
  /** The longest delay of a retry that all its queues can hold, in ms. */
  readonly maxRetryDelayMs: number;
  /** Runs whose handler is done and whose completion step fails; each holds its slot. */
  readonly delayed: Set<Run>;
  /** Aborts when the worker is asked to stop: what fails then is tried once more. */
  readonly stopping: AbortSignal;
}

/** What lives as long as a worker takes jobs, and may keep it from starting. */
export interface WorkerService {
  /** Before the worker opens anything. Rejects when it must not start. */
  prepare(): Promise<void>;
  /** The worker takes jobs from now on. */
  begin(): void;
  /** The worker takes no more jobs: nothing new is begun. Resolves within seconds, when all is at rest. */
  end(): Promise<void>;
}
