import type { SQS } from "@aws-sdk/client-sqs";
import { isJobsError } from "@jobs/core";
import type { Diagnosis } from "@jobs/core/broker";
import { toError } from "@jobs/core/runtime";
import type { SqsLink } from "../client/sqs-link.ts";
import type { QueueRecord } from "../queue/queue-registry.ts";

/** A permission by its name in policies. */
export type SqsPermission =
  | "sqs:SendMessage"
  | "sqs:ReceiveMessage"
  | "sqs:DeleteMessage"
  | "sqs:ChangeMessageVisibility";

/** An invalid receipt, visibility, delay or body, so that the request cannot succeed. */
const NO_RECEIPT = "jobs-doctor";
const TOO_LONG_SECONDS = 43_201;
const TOO_LATE_SECONDS = 901;

/** AWS checks permissions before parameters: an impossible request shows whether its action is allowed. */
const IMPOSSIBLE: Readonly<Record<SqsPermission, (client: SQS, QueueUrl: string) => Promise<unknown>>> = {
  "sqs:SendMessage": (client, QueueUrl) =>
    client.sendMessage({ QueueUrl, MessageBody: "", DelaySeconds: TOO_LATE_SECONDS }),
  "sqs:ReceiveMessage": (client, QueueUrl) =>
    client.receiveMessage({ QueueUrl, MaxNumberOfMessages: 0, VisibilityTimeout: TOO_LONG_SECONDS }),
  "sqs:DeleteMessage": (client, QueueUrl) => client.deleteMessage({ QueueUrl, ReceiptHandle: NO_RECEIPT }),
  "sqs:ChangeMessageVisibility": (client, QueueUrl) =>
    client.changeMessageVisibility({
      QueueUrl,
      ReceiptHandle: NO_RECEIPT,
      VisibilityTimeout: TOO_LONG_SECONDS,
    }),
};

/** A permission and who needs it. */
export interface NeededPermission {
  readonly permission: SqsPermission;
  /** `worker`: without it jobs are lost or stuck. `people`: only people who inspect dead letters need it. */
  readonly by: "worker" | "people";
}

/** Whether the credentials have a permission on a queue. It changes nothing. */
export async function askPermission(
  link: SqsLink,
  { url, fullName }: QueueRecord,
  { permission, by }: NeededPermission,
): Promise<Diagnosis> {
  const check = `permission:${permission}`;
  try {
    await link.call({ queue: fullName, run: (client) => IMPOSSIBLE[permission](client, url) });
  } catch (error) {
    if (isJobsError(error, "access_denied")) {
      return { check, ...denied(permission, fullName, by) };
    }
    if (isRefusal(error)) {
      return { check, status: "ok", message: `${permission} on "${fullName}" is allowed.` };
    }
  }
  return { check, status: "unknown", message: `${permission} on "${fullName}" could not be asked for.` };
}

function denied(
  permission: SqsPermission,
  queue: string,
  by: NeededPermission["by"],
): Omit<Diagnosis, "check"> {
  const message = `${permission} on "${queue}" is denied`;
  const hint = `Allow ${permission} on it: jobs infra print --format iam --region REGION shows the whole policy.`;
  return by === "worker"
    ? { status: "failed", message: `${message}.`, hint }
    : { status: "warning", message: `${message}; jobs dlq needs it, workers do not.`, hint };
}

/** SQS accepted the credentials and refused the parameters. */
function isRefusal(error: unknown): boolean {
  const { $metadata } = (toError(error).cause ?? {}) as {
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500 && !(isJobsError(error) && error.retryable);
}
