import type { Backoff } from "../retry/backoff.ts";
import type { Signature } from "./signature.ts";

/** What a task says about its own jobs. Every value can be overridden by configuration, see `docs/guide/configuration.md`. */
export interface TaskOptions {
  /** Queue its jobs go to, without prefix. Default `default`. */
  readonly queue?: string;
  /** How many failures make a dead letter; counts runs, not retries. Default 5. */
  readonly maxAttempts?: number;
  /** How long one run may take in ms; `Infinity` switches the limit off. Default 15 minutes. */
  readonly timeoutMs?: number;
  /** How long to wait before a retry. Default: exponential from 1 s to 10 min with full jitter. */
  readonly backoff?: Backoff;
  /** Errors that make a dead letter `fatal` at once: by class or by predicate. */
  readonly nonRetryable?: readonly ErrorMatcher[];
  /** 0 normal … 9 first, where the broker has priorities. */
  readonly priority?: number;
  /** Routes its jobs to workers of that domain: they go to queue `<queue>__<domain>`. */
  readonly domain?: string;
  /** How many of its jobs run at once in one worker, within the worker's own concurrency. Default: no limit of its own. */
  readonly concurrency?: number;
  /** How many of its jobs one worker starts in a second, evenly spread; 0.5 is one every two seconds. Default: no limit. */
  readonly ratePerSecond?: number;
  /** The same for all workers of its queue together, each an equal share. Default: no limit. */
  readonly sharedRatePerSecond?: number;
  /** How often an idle queue is looked at, in ms. Default: workers wait at the broker instead. */
  readonly pollIntervalMs?: number;
  /** Whether workers leave its jobs where they are; a function is asked again every second. Default false. */
  readonly isPaused?: boolean | (() => boolean);
  /** Earlier names under which jobs of this task may still arrive. */
  readonly aliases?: readonly string[];
  /** `strict` (default): any difference in names is refused. `additive`: unknown names are dropped by the worker instead of refused. */
  readonly compat?: "strict" | "additive";
  /** What a worker does with a job whose task or signature it does not know: `hold` (default) for a rolling deploy, or `dead` at once. */
  readonly onMismatch?: "hold" | "dead";
  /** Parameters whose values are never shown: not in logs, not in events, and by the command only when asked for. Default none. */
  readonly redact?: readonly string[];
  /** Whether the log of a failed run has the parameters, but for those of `redact`. Default false. */
  readonly logParams?: boolean;
  /** Whether the monitor's event of an enqueue has the parameters, but for those of `redact`. Default false. */
  readonly monitorParams?: boolean;
  /** One line for `jobs tasks`. */
  readonly description?: string;
}

/** An error class, or a function that recognises an error. */
export type ErrorMatcher = (abstract new (...args: never[]) => Error) | ((error: unknown) => boolean);

/**
 * A contract: an explicit name, named parameters, options; no handler. Producers import contracts only.
 * `Input` is what is enqueued, `Output` what the handler gets after defaults and transforms.
 */
export interface Task<Name extends string = string, Input = unknown, Output = unknown> {
  readonly name: Name;
  readonly signature: Signature;
  readonly options: TaskOptions;
  /** Carries the two types; never set. */
  readonly "~types"?: { readonly input: Input; readonly output: Output };
}

/** The parameters to enqueue a task with. */
export type TaskInput<T> = T extends Task<string, infer Input, unknown> ? Input : never;

/** The parameters its handler gets. */
export type TaskOutput<T> = T extends Task<string, unknown, infer Output> ? Output : never;
