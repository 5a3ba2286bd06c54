import type { Backoff } from "../retry/backoff.ts";
import type { TaskVersions } from "./params-form.ts";
import type { Signature } from "./signature.ts";
import type { Downcasts, Upcasts } from "./upcast.ts";

/** Options of a task. Configuration can override every value, see `docs/guide/configuration.md`. */
export interface TaskOptions {
  /** Queue its jobs go to, without prefix. Default `default`. */
  readonly queue?: string;
  /** Number of failed runs until the job becomes a dead letter. Default 5. */
  readonly maxAttempts?: number;
  /** Time limit of one run in ms; `Infinity`: no limit. Default 15 minutes. */
  readonly timeoutMs?: number;
  /** The delay before a retry. Default: exponential from 1 s to 10 min with full jitter. */
  readonly backoff?: Backoff;
  /** Errors that make the job a dead letter `fatal` at once: classes or predicates. Default: none. */
  readonly nonRetryable?: readonly ErrorMatcher[];
  /** 0 normal … 9 first, where the broker has priorities. Default 0. */
  readonly priority?: number;
  /** Routes its jobs to workers of that domain: they go to queue `<queue>__<domain>`. Default: none. */
  readonly domain?: string;
  /** The most of its jobs that run at once in one worker, within the worker's concurrency. Default: no own limit. */
  readonly concurrency?: number;
  /**
   * The most of its jobs that one worker starts per second, evenly spread; 0.5 is one every two seconds. Default: no
   * limit.
   */
  readonly ratePerSecond?: number;
  /** The same for all workers of its queue together, each an equal share. Default: no limit. */
  readonly sharedRatePerSecond?: number;
  /** How often a worker polls its idle queue, in ms. Default: workers wait at the broker instead. */
  readonly pollIntervalMs?: number;
  /**
   * Whether workers leave its jobs in the queue; a function is called again every second. If it throws or returns no
   * boolean, such as a promise, the task is paused. Default false.
   */
  readonly isPaused?: boolean | (() => boolean);
  /** Earlier names under which jobs of this task may still arrive. Default: none. */
  readonly aliases?: readonly string[];
  /** `strict` (default): any difference in names is refused. `additive`: the worker drops unknown names instead. */
  readonly compat?: "strict" | "additive";
  /** Version of the parameters, from 1 in steps of one. Each job says the version that it was made for. Default 1. */
  readonly version?: number;
  /** Earlier versions whose jobs workers still run: each with its parameters and the step to the next version. */
  readonly from?: Upcasts;
  /** Steps back to versions of `from`, for a producer that sends an older form while old workers live. */
  readonly to?: Downcasts;
  /**
   * What a worker does with a job whose task or signature it does not know. `hold` (default): waits for a rolling
   * deploy; `dead`: at once.
   */
  readonly onMismatch?: "hold" | "dead";
  /** Parameters with hidden values: never in logs or events, and in commands only on request. Default none. */
  readonly redact?: readonly string[];
  /** Whether the log of a failed run contains the parameters, without those of `redact`. Default false. */
  readonly logParams?: boolean;
  /** Whether the monitor's event of an enqueue contains the parameters, without those of `redact`. Default false. */
  readonly monitorParams?: boolean;
  /** One line for `jobs tasks`. Default: none. */
  readonly description?: string;
}

/** An error class, or a function that recognises an error. If it throws or returns no boolean, it does not match. */
export type ErrorMatcher = (abstract new (...args: never[]) => Error) | ((error: unknown) => boolean);

/**
 * A contract: an explicit name, named parameters and options, without a handler. Producers import contracts only.
 * `Input` is the type for an enqueue, `Output` the type for the handler after defaults and transforms.
 */
export interface Task<Name extends string = string, Input = unknown, Output = unknown> {
  readonly name: Name;
  readonly signature: Signature;
  readonly options: TaskOptions;
  /** The earlier versions in `from`; left out for none. */
  readonly versions?: TaskVersions;
  /** Holds the two types; never set. */
  readonly "~types"?: { readonly input: Input; readonly output: Output };
}

/** The parameters to enqueue a task with. */
export type TaskInput<T> = T extends Task<string, infer Input, unknown> ? Input : never;

/** The parameters its handler gets. */
export type TaskOutput<T> = T extends Task<string, unknown, infer Output> ? Output : never;
