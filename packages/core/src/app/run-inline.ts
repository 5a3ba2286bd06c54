import type { TaskSettings } from "../config/app-config.ts";
import { encodeEnvelope } from "../envelope/encode.ts";
import { ENVELOPE_VERSION, type Envelope, type JsonObject } from "../envelope/envelope.ts";
import { MissingHandlerError } from "../errors/config-errors.ts";
import { JobTimeoutError } from "../errors/run-errors.ts";
import type { BoundHandler } from "../job/handler.ts";
import type { Producer } from "../producer/producer.ts";
import { withDeadline } from "../runtime/deadline.ts";
import { bindParams } from "../task/bind-params.ts";
import type { Task } from "../task/task.ts";
import type { Execution } from "../worker/run/execution.ts";
import { Run, type RunSource } from "../worker/run/run.ts";
import { type ContextParts, RunContext } from "../worker/run/run-context.ts";
import type { AppDefinition } from "./app-definition.ts";
import { executionOf } from "./late-parts.ts";

/** The parts of an app that a run without a broker uses. */
export interface InlineParts extends ContextParts {
  readonly settings: TaskSettings;
  readonly handler: BoundHandler | undefined;
  readonly execution: Execution;
}

/** What a run without a broker needs of the state of an app. */
export interface InlineState extends Pick<ContextParts, "runtime" | "lifecycle"> {
  readonly definition: AppDefinition;
  open(call: string): { readonly producer: Producer };
}

/** The parts for a job of `task`. `call` names the method of the app that the program has called. */
export function inlineParts(state: InlineState, task: Task, call: string): InlineParts {
  const { runtime, lifecycle, definition } = state;
  // Only a handler that enqueues needs a broker.
  const producer: Producer = {
    enqueue: (...job) => state.open(call).producer.enqueue(...job),
    enqueueMany: (...items) => state.open(call).producer.enqueueMany(...items),
    forward: (...job) => state.open(call).producer.forward(...job),
  };
  const settings = definition.config.task(task.name);
  const execution = executionOf(definition, runtime);
  const handler = definition.handlers.get(task.name);
  return { runtime, producer, lifecycle, settings, execution, handler };
}

/**
 * Runs one job in this process: both checks, executor, context, timeout, but no broker and no retries. Resolves and
 * rejects like the handler.
 * @throws SignatureError · NotJsonError · MissingHandlerError · JobTimeoutError
 */
export async function runInline(task: Task, params: unknown, parts: InlineParts): Promise<unknown> {
  const { handler, settings, runtime } = parts;
  if (handler === undefined) throw new MissingHandlerError([task.name]);
  const { clock } = runtime;
  const { input } = await bindParams(task, params, "run");
  const envelope = {
    v: ENVELOPE_VERSION,
    task: task.name,
    params: input as JsonObject,
    id: runtime.ids(),
    sig: task.signature.fingerprint,
    enqueuedAt: new Date(clock.now()).toISOString(),
  };
  // Encoded and decoded, so that a job that works here works on every broker.
  const arrived = (JSON.parse(encodeEnvelope(envelope)) as { params: unknown }).params;
  const { output } = await bindParams(task, arrived, "work", settings.compat);
  return callHandler({ envelope, output, queue: settings.queue, failures: 0 }, { ...parts, handler });
}

/** One job that is run here, with its checked parameters. */
export interface InlineJob {
  readonly envelope: Envelope;
  /** What the handler gets. */
  readonly output: unknown;
  /** Name of its queue without prefix. */
  readonly queue: string;
  /** Failures before this run. */
  readonly failures: number;
}

/** Calls the handler inside its wrappers, with a context and a time limit. Resolves and rejects like it. */
export function callHandler(
  { envelope, output, queue, failures }: InlineJob,
  parts: InlineParts & { readonly handler: BoundHandler },
): Promise<unknown> {
  const { handler, settings, runtime, execution } = parts;
  const { id, task } = envelope;
  const run = new Run(inlineDelivery(id, failures), inlineSource(queue));
  run.identify(id, handler.task.name, envelope);
  const ctx = new RunContext(run, envelope, envelope.maxAttempts ?? settings.maxAttempts, parts);
  const handle = async () => handler.run(output as never, ctx);
  const work = Promise.resolve(execution.run({ ctx, run, handle }));
  const late = () => {
    const error = new JobTimeoutError(task, settings.timeoutMs);
    run.interrupt({ kind: "timeout", error });
    return error;
  };
  return withDeadline(runtime.clock, settings.timeoutMs, work, late);
}

/** Without a lease there is nothing to settle or extend. */
function inlineSource(queue: string): RunSource {
  return {
    queue,
    maxMessageBytes: Number.POSITIVE_INFINITY,
    keepsFinished: false,
    note() {},
    async complete() {},
    async isCompleted() {
      return true;
    },
    settle() {},
    remove() {},
    async confirmLease() {},
  };
}

/** The delivery of a job that was never in a queue. */
function inlineDelivery(id: string, failures: number) {
  const counts = { deliveryCount: failures + 1, failureCount: failures, crashCount: 0 };
  return { messageId: id, body: "", receipt: "inline", leaseUntil: Number.POSITIVE_INFINITY, ...counts };
}
