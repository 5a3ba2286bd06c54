import type { Json } from "../lock/schema/model.ts";

const TIME = {
  type: "string",
  pattern: "^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d\\.\\d{3}Z$",
  examples: ["2026-01-31T12:00:00.000Z"],
} as const;

const TEXT = { type: "string", minLength: 1 } as const;

/**
 * The fields of a message that a producer in another language writes, besides `task` and `params`. Further fields are
 * allowed: core has some for flows and copies.
 */
export const ENVELOPE_FIELDS = {
  v: { const: 1, description: "Version of the envelope." },
  id: {
    type: "string",
    pattern: "^[A-Za-z0-9_.-]{1,128}$",
    description:
      "The id of the job, such as a UUID. Where the broker finds a stored job with it, no second one is added.",
  },
  sig: {
    type: "string",
    description:
      "The names of the parameters that the producer knows. It counts waiting jobs and decides nothing; it may be empty.",
  },
  enqueuedAt: { ...TIME, description: "Now, in UTC with milliseconds." },
  maxAttempts: {
    type: "integer",
    minimum: 1,
    description: "Failed runs until the job becomes a dead letter. Without it the worker's setting applies.",
  },
  taskVersion: {
    type: "integer",
    minimum: 1,
    description:
      "The version of the task's parameters, if the task has versions. Without it `sig` and the names of the parameters decide.",
  },
  notBefore: { ...TIME, description: "The earliest start. A worker that gets the job earlier puts it back." },
  expiresAt: { ...TIME, description: "The latest start. After it the job becomes a dead letter `expired`." },
  domain: { ...TEXT, description: "The domain of the queue, if it has one." },
  tags: { type: "array", items: TEXT, description: "Words to find the job by in the history." },
  headers: {
    type: "object",
    additionalProperties: { type: "string" },
    description: "Trace context, such as `traceparent`, and headers of your own.",
  },
} as const satisfies { readonly [field: string]: Json };

/** The fields without which a message is no job. */
export const REQUIRED_FIELDS = ["v", "task", "params", "id", "sig", "enqueuedAt"] as const;
