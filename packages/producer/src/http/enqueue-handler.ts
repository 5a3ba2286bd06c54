import type { JobOptions, Task } from "@jobs/core";
import {
  callListener,
  checkArgument,
  type Enqueue,
  optionsCheck,
  required,
  optionRules as rule,
} from "@jobs/core/runtime";
import { answer, refusalOf, refuse } from "./answers.ts";
import { type AllowedJobs, readJob } from "./read-job.ts";

/** Who may enqueue: `unauthenticated` answers 401, `forbidden` answers 403. */
export type Access = "allowed" | "unauthenticated" | "forbidden";

/** What enqueues: an app, or a producer of this package. */
export interface EnqueueTarget {
  readonly enqueue: Enqueue;
}

/** Options of {@link enqueueHandler}. */
export interface EnqueueHandlerOptions {
  /** The only tasks that a request may name. Any other name answers 404, also that of another task of the app. */
  readonly tasks: readonly Task[];
  /**
   * Decides from the headers who may enqueue, before the body is read. Every value but `allowed` refuses, and so does an
   * error. It must not read the body. Required: a handler without it would be open to everybody.
   */
  readonly authorize: (request: Request) => Access | Promise<Access>;
  /**
   * The options of a job that a request may set. Default `id`, `delayMs` and `at`. `queue`, `domain` and `headers` choose
   * which workers get the job and what they read, so allow them only to programs of your own.
   */
  readonly options?: readonly (keyof JobOptions)[];
  /** The largest body, in bytes. Default 262,144 (256 KiB). A larger one answers 413 and is not read to its end. */
  readonly maxBytes?: number;
  /** What `Retry-After` says when the broker does not answer, in seconds. Default 5. */
  readonly retryAfterSeconds?: number;
  /** Called with each error that is no fault of the request; the client gets 500 without details. Default `console.error`. */
  readonly onError?: (error: unknown) => void;
}

const DEFAULT_OPTIONS: readonly (keyof JobOptions)[] = ["id", "delayMs", "at"];

const DEFAULT_MAX_BYTES = 256 * 1024;

const DEFAULT_RETRY_AFTER_SECONDS = 5;

const ALL_OPTIONS = {
  queue: 1,
  domain: 1,
  delayMs: 1,
  at: 1,
  priority: 1,
  id: 1,
  version: 1,
  groupKey: 1,
  maxAttempts: 1,
  expiresInMs: 1,
  tags: 1,
  headers: 1,
} satisfies Record<keyof JobOptions, 1>;

const TARGET = rule.having("an app or a producer", "enqueue");

const checkOptions = optionsCheck<EnqueueHandlerOptions>({
  tasks: required(rule.listOf("tasks made by defineTask", rule.task)),
  authorize: required(rule.func),
  options: rule.listOf("names of enqueue options", rule.oneOf(...Object.keys(ALL_OPTIONS))),
  maxBytes: rule.whole(1),
  retryAfterSeconds: rule.whole(0),
  onError: rule.func,
});

/**
 * A handler of the web's `Request` and `Response` that enqueues the job of a JSON body `{ task, params, options }`. It is
 * for programs in other languages, and for servers of any framework. It answers 202 with `{ id, task, queue, status }`,
 * and never rejects.
 * @example enqueueHandler(app, { tasks: [resize], authorize: (request) => hasKey(request) ? "allowed" : "unauthenticated" })
 * @throws ConfigError for options that cannot be used
 */
export function enqueueHandler(
  target: EnqueueTarget,
  options: EnqueueHandlerOptions,
): (request: Request) => Promise<Response> {
  checkArgument(target, "enqueueHandler: the first argument", TARGET);
  checkOptions(options, "enqueueHandler");
  const { authorize, onError = report, retryAfterSeconds = DEFAULT_RETRY_AFTER_SECONDS } = options;
  const allowed: AllowedJobs = {
    tasks: new Map(options.tasks.map((task) => [task.name, task])),
    options: options.options ?? DEFAULT_OPTIONS,
    maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
  };
  return async (request) => {
    try {
      return (await refuseCaller(request, authorize)) ?? (await enqueueJob(request, target, allowed));
    } catch (error) {
      const refusal = refusalOf(error, retryAfterSeconds);
      if (refusal !== undefined) return refuse(refusal);
      callListener(() => onError(error), report);
      return refuse({ status: 500, code: "internal", message: "The job could not be enqueued." });
    }
  };
}

/** The response for a request that may not enqueue; `undefined` when it may. */
async function refuseCaller(
  request: Request,
  authorize: EnqueueHandlerOptions["authorize"],
): Promise<Response | undefined> {
  if (request.method !== "POST") {
    const headers = { allow: "POST" };
    return refuse({ status: 405, code: "method_not_allowed", message: "Send a POST.", headers });
  }
  const access = await authorize(request);
  if (access === "allowed") return undefined;
  if (access === "unauthenticated") {
    const headers = { "www-authenticate": "Bearer" };
    return refuse({ status: 401, code: "unauthenticated", message: "Say who you are.", headers });
  }
  return refuse({ status: 403, code: "forbidden", message: "You may not enqueue here." });
}

async function enqueueJob(request: Request, target: EnqueueTarget, allowed: AllowedJobs): Promise<Response> {
  const job = await readJob(request, allowed);
  if ("status" in job) return refuse(job);
  const { id, task, queue, status } = await target.enqueue(job.task, job.params, job.options);
  return answer(202, { id, task, queue, status });
}

/** Errors of this project contain no parameters. */
function report(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: the one output that every runtime has
  console.error(error);
}
