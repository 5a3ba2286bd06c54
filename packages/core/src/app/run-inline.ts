import type { TaskSettings } from "../config/app-config.ts";
import { encodeEnvelope } from "../envelope/encode.ts";
import { ENVELOPE_VERSION, type JsonObject } from "../envelope/envelope.ts";
import { MissingHandlerError } from "../errors/config-errors.ts";
import { JobTimeoutError } from "../errors/run-errors.ts";
import type { BoundHandler } from "../job/handler.ts";
import { withDeadline } from "../runtime/deadline.ts";
import { bindParams } from "../task/bind-params.ts";
import type { Task } from "../task/task.ts";
import type { Execution } from "../worker/run/execution.ts";
import { Run, type RunSource } from "../worker/run/run.ts";
import { type ContextParts, RunContext } from "../worker/run/run-context.ts";

/** The parts of an app that a run without a broker uses. */
export interface InlineParts extends ContextParts {
  readonly settings: TaskSettings;
  readonly handler: BoundHandler | undefined;
  readonly execution: Execution;
}

/**
 * Runs one job in this process: both checks, executor, context, timeout, but no broker and no retries. Resolves and
 * rejects like the handler.
 * @throws SignatureError · NotJsonError · MissingHandlerError · JobTimeoutError
 */
export async function runInline(task: Task, params: unknown, parts: InlineParts): Promise<unknown> {
  const { handler, settings, runtime, execution } = parts;
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
  const run = new Run(inlineDelivery(envelope.id), inlineSource(settings.queue));
  run.identify(envelope.id, task.name);
  const ctx = new RunContext(run, envelope, settings.maxAttempts, parts);
  const handle = async () => handler.run(output as never, ctx);
  const work = Promise.resolve(execution.run({ ctx, run, handle }));
  const late = () => {
    const error = new JobTimeoutError(task.name, settings.timeoutMs);
    run.interrupt({ kind: "timeout", error });
    return error;
  };
  return withDeadline(clock, settings.timeoutMs, work, late);
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
function inlineDelivery(id: string) {
  const counts = { deliveryCount: 1, failureCount: 0, crashCount: 0 };
  return { messageId: id, body: "", receipt: "inline", leaseUntil: Number.POSITIVE_INFINITY, ...counts };
}
