import type { BrokerQueue } from "../broker/broker.ts";
import type { ValidatedBroker } from "../broker/broker-validator.ts";
import type { Diagnosis } from "../broker/diagnosis.ts";
import type { AppConfig, WorkerSettings } from "../config/app-config.ts";
import type { AppCoordination } from "../coordination/open-coordination.ts";
import type { BoundHandler } from "../job/handler.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { JobParts } from "./run/run-parts.ts";
import type { StopCondition } from "./worker.ts";

/** What a worker is made of; put together by the app. */
export interface WorkerParts extends JobParts {
  readonly broker: ValidatedBroker;
  readonly config: AppConfig;
  readonly settings: WorkerSettings;
  readonly tasks: TaskRegistry;
  readonly handlers: ReadonlyMap<string, BoundHandler>;
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

/** What lives as long as a worker takes jobs, and may keep it from starting. */
export interface WorkerService {
  /** Before the worker opens anything. Rejects when it must not start. */
  prepare(): Promise<void>;
  /** The worker takes jobs from now on. */
  begin(): void;
  /** The worker takes no more jobs: nothing new is begun. Resolves within seconds, when all is at rest. */
  end(): Promise<void>;
}
