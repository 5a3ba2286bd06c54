import type { Attributes } from "@opentelemetry/api";

/**
 * Address of the schema of the semantic conventions that all names here come from. Those of messaging are still in
 * development, so their constants are no dependency: the package that has them may change them in any release.
 */
export const SCHEMA_URL = "https://opentelemetry.io/schemas/1.45.0";

/** Name of this instrumentation in traces and metrics. */
export const SCOPE = "@jobs/opentelemetry";

/** Attributes of the conventions, and those of jobs, which they have no name for. */
export const ATTR = {
  system: "messaging.system",
  operationName: "messaging.operation.name",
  operationType: "messaging.operation.type",
  destination: "messaging.destination.name",
  messageId: "messaging.message.id",
  messageCount: "messaging.batch.message_count",
  clientId: "messaging.client.id",
  errorType: "error.type",
  /** Name of the task. */
  task: "jobs.task",
  /** The number of the run: failures so far + 1. */
  attempt: "jobs.attempt",
  /** How the run ended: `succeeded`, `retried`, `dead` and so on. */
  outcome: "jobs.outcome",
  /** Why a job became a dead letter, or is held. */
  reason: "jobs.reason",
  /** Until the job is due again, in ms. */
  delayMs: "jobs.delay_ms",
  /** Name of the schedule that sends the job. */
  schedule: "jobs.schedule",
  /** Items of a bulk that were not sent. */
  refused: "jobs.bulk.refused",
} as const;

/** An operation on messages: its own name, and the type that the conventions have for it. */
export interface Operation {
  readonly name: string;
  readonly type: "create" | "send" | "process" | "settle";
}

/** Makes the context of one job of a bulk. */
export const CREATE: Operation = { name: "create", type: "create" };
/** Sends one job, or a bulk. */
export const SEND: Operation = { name: "send", type: "send" };
/** Runs the handler of a job. */
export const PROCESS: Operation = { name: "process", type: "process" };

/** The settlements, by what the broker is told. */
export const SETTLE = {
  ack: { name: "ack", type: "settle" },
  retry: { name: "retry", type: "settle" },
  snooze: { name: "snooze", type: "settle" },
  release: { name: "release", type: "settle" },
  deadLetter: { name: "dead_letter", type: "settle" },
} as const satisfies Record<string, Operation>;

/** The value of `messaging.system`: the name of the conventions, or else the kind of the broker. */
export function systemOf(broker: string): string {
  return broker === "sqs" ? "aws_sqs" : broker;
}

/** What attributes of an operation are made of. */
export interface AttributeParts {
  readonly system: string;
  readonly operation?: Operation;
  /** Full name of the queue. */
  readonly destination?: string;
  readonly task?: string | undefined;
  readonly errorType?: string | undefined;
  readonly reason?: string | undefined;
}

/** The `error.type` of the conventions for errors that have none of their own. */
const OTHER_ERROR = "_OTHER";

const cache = new Map<string, Attributes>();

/** The most sets. Names of errors come from handlers, so their number has no limit of its own. */
const MAX_SETS = 5_000;

/**
 * Attributes of an operation without those of a single message. The same parts give the same object, since making one
 * for each job and each metric would cost more than the rest.
 */
export function attributesOf(parts: AttributeParts): Attributes {
  const { system, operation, destination, task, errorType, reason } = parts;
  const key = `${system}\n${operation?.name}\n${destination}\n${task}\n${errorType}\n${reason}`;
  const cached = cache.get(key);
  if (cached !== undefined) return cached;
  if (cache.size >= MAX_SETS && errorType !== undefined && errorType !== OTHER_ERROR)
    return attributesOf({ ...parts, errorType: OTHER_ERROR });
  const attributes: Attributes = Object.freeze({
    [ATTR.system]: system,
    ...(operation && { [ATTR.operationName]: operation.name, [ATTR.operationType]: operation.type }),
    ...(destination !== undefined && { [ATTR.destination]: destination }),
    ...(task !== undefined && { [ATTR.task]: task }),
    ...(errorType !== undefined && { [ATTR.errorType]: errorType }),
    ...(reason !== undefined && { [ATTR.reason]: reason }),
  });
  cache.set(key, attributes);
  return attributes;
}

/** The attributes of the jobs of one task in one queue, each set looked up without making a key. */
export class JobAttributes {
  /** Full name of the queue. */
  readonly destination: string;
  /** Without an operation. */
  readonly counted: Attributes;
  readonly #parts: AttributeParts;
  readonly #byOperation = new Map<Operation, Attributes>();

  constructor(parts: AttributeParts & { readonly destination: string }) {
    this.destination = parts.destination;
    this.counted = attributesOf(parts);
    this.#parts = parts;
  }

  of(operation: Operation, errorType?: string): Attributes {
    if (errorType !== undefined) return attributesOf({ ...this.#parts, operation, errorType });
    let attributes = this.#byOperation.get(operation);
    if (attributes === undefined) {
      attributes = attributesOf({ ...this.#parts, operation });
      this.#byOperation.set(operation, attributes);
    }
    return attributes;
  }
}

/** Makes {@link JobAttributes}: the same object for the same queue, without prefix, and task. */
export function jobAttributes(
  system: string,
  prefix: string,
): (queue: string, task: string) => JobAttributes {
  const byQueue = new Map<string, Map<string, JobAttributes>>();
  return (queue, task) => {
    let byTask = byQueue.get(queue);
    if (byTask === undefined) {
      byTask = new Map();
      byQueue.set(queue, byTask);
    }
    let attributes = byTask.get(task);
    if (attributes === undefined) {
      attributes = new JobAttributes({ system, destination: `${prefix}${queue}`, task });
      byTask.set(task, attributes);
    }
    return attributes;
  };
}
