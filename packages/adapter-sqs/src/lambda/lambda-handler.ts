import { type App, ConfigError } from "@jobs/core";
import { fullQueueName } from "@jobs/core/broker";
import { isObject, systemClock } from "@jobs/core/runtime";
import { type Invocations, invocationsOf } from "./invocation.ts";
import { type LambdaAnswer, type LambdaContext, type LambdaEvent, queueOf } from "./lambda-event.ts";

export type {
  LambdaAnswer,
  LambdaContext,
  LambdaEvent,
  LambdaMessageAttribute,
  LambdaRecord,
  LambdaRecordAttributes,
} from "./lambda-event.ts";

/** A function for AWS Lambda whose event source is a queue of SQS. */
export type LambdaHandler = (event: LambdaEvent, context: LambdaContext) => Promise<LambdaAnswer>;

/** A worker ends this long after nothing was left to do, in ms, if a settlement never gets through. */
const IDLE_MS = 1_000;

/** The longest time for running handlers before the end of the invocation, in ms. */
const GRACE_MS = 5_000;

/** The longest time for the last requests, in ms. */
const LAST_MS = 2_000;

/**
 * Runs the jobs of an SQS event as a worker does, with the same checks, retries, holds and dead letters. The answer
 * names the records that come back. So the event source needs `ReportBatchItemFailures`, or jobs are lost. Near the end
 * of the invocation it starts no more jobs and aborts `ctx.signal` of those that run; all unfinished ones come back.
 * @example export const handler = lambdaHandler(app);
 * @throws The function rejects if the worker cannot start, with the errors of `worker.run()`. Lambda then keeps all messages.
 */
export function lambdaHandler(app: App): LambdaHandler {
  return async (event, context) => {
    const { Records: records } = checkEvent(event);
    if (records.length === 0) return { batchItemFailures: [] };
    const invocations = invocationsOf(app.broker);
    const { stopInMs, graceMs } = divideTime(context.getRemainingTimeInMillis());
    const worker = app.worker({
      queues: servedQueues(event, app, invocations),
      ownsProcess: false,
      isScheduling: false,
      shutdownTimeoutMs: graceMs,
      until: { type: "idle", forMs: IDLE_MS },
    });
    const invocation = invocations.begin(worker.identity, records, () => void worker.stop());
    const cancelStop = systemClock.schedule(stopInMs, () => void worker.stop());
    const cancelForce = systemClock.schedule(stopInMs + graceMs, () => void worker.force());
    try {
      await worker.run();
    } finally {
      cancelStop();
      cancelForce();
      invocations.end(worker.identity);
    }
    if (invocation.unopened.length > 0 && stopInMs > 0) throw notServed(invocation.unopened);
    return { batchItemFailures: invocation.returning.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** @throws ConfigError for an event of another source than SQS */
function checkEvent(event: LambdaEvent): LambdaEvent {
  const isOfSqs = (record: unknown) =>
    isObject(record) &&
    typeof Reflect.get(record, "eventSourceARN") === "string" &&
    "receiptHandle" in record;
  const isUsable = isObject(event) && Array.isArray(event.Records) && event.Records.every(isOfSqs);
  if (isUsable) return event;
  throw new ConfigError("lambdaHandler got an event that is not one of SQS.", {
    hint: "Make a queue of SQS the event source of this function.",
  });
}

/** The queues of the event by their names in the app. @throws ConfigError for a queue that no task uses */
function servedQueues(event: LambdaEvent, app: App, invocations: Invocations): readonly string[] {
  const { queuePrefix } = app.config;
  const known = new Map(
    app.queues.map((name) => [invocations.fullName(fullQueueName(queuePrefix, name)), name]),
  );
  return [...new Set(event.Records.map(queueOf))].map((fullName) => {
    const name = known.get(fullName);
    if (name !== undefined) return name;
    throw new ConfigError(
      `lambdaHandler got an event of queue "${fullName}", which no task of the app uses.`,
      {
        hint: `The app's queues are ${[...known.keys()].join(", ")}. Compare queuePrefix and the event source.`,
      },
    );
  });
}

/** Divides the time of an invocation: jobs start, then they end, then the last requests are made. */
function divideTime(leftMs: number): { readonly stopInMs: number; readonly graceMs: number } {
  const usableMs = leftMs - Math.min(LAST_MS, leftMs / 5);
  const graceMs = Math.min(GRACE_MS, usableMs / 2);
  return { stopInMs: usableMs - graceMs, graceMs };
}

function notServed(queues: readonly string[]): ConfigError {
  return new ConfigError(`the worker settings leave out queue "${queues.join('", "')}" of this event.`, {
    hint: "Remove the queues of the worker from environment and configuration file: the event names its queue.",
  });
}
