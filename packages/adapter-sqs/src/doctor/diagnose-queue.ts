import { isJobsError } from "@jobs/core";
import type { Diagnosis, QueueUse } from "@jobs/core/broker";
import { formatDuration } from "@jobs/core/config";
import type { BrokerSession } from "../broker-session.ts";
import type { QueueRecord } from "../queue/queue-registry.ts";
import { askPermission, type NeededPermission } from "./ask-permission.ts";

/** A worker also sends, since long delays use hops. */
const OWN_QUEUE: readonly NeededPermission[] = [
  { permission: "sqs:SendMessage", by: "worker" },
  { permission: "sqs:ReceiveMessage", by: "worker" },
  { permission: "sqs:DeleteMessage", by: "worker" },
  { permission: "sqs:ChangeMessageVisibility", by: "worker" },
];

/** Workers send dead letters; the other permissions are for people who inspect and redrive them. */
const DEAD_LETTERS: readonly NeededPermission[] = [
  { permission: "sqs:SendMessage", by: "worker" },
  { permission: "sqs:ReceiveMessage", by: "people" },
  { permission: "sqs:DeleteMessage", by: "people" },
  { permission: "sqs:ChangeMessageVisibility", by: "people" },
];

/** Checks a queue on SQS without changing it. */
export async function diagnoseQueue(
  session: BrokerSession,
  record: QueueRecord,
  use: QueueUse,
): Promise<readonly Diagnosis[]> {
  const asked = (queue: QueueRecord, permissions: readonly NeededPermission[]) =>
    Promise.all(permissions.map((permission) => askPermission(session.link, queue, permission)));
  return [
    attributesFinding(record),
    retentionFinding(record, use),
    ...(await asked(record, OWN_QUEUE)),
    ...(await deadLetterFindings(session, record, asked)),
    {
      check: "permission:sqs:PurgeQueue",
      status: "unknown",
      message: "sqs:PurgeQueue cannot be asked for without purging; only jobs queue purge needs it.",
    },
  ];
}

/** The dead-letter queue may be missing or forbidden for these credentials. */
async function deadLetterFindings(
  session: BrokerSession,
  record: QueueRecord,
  asked: (queue: QueueRecord, permissions: readonly NeededPermission[]) => Promise<readonly Diagnosis[]>,
): Promise<readonly Diagnosis[]> {
  if (record.redriveTarget === undefined) return [];
  try {
    const dead = await session.queues.findTarget(record.redriveTarget);
    return [letterRetentionFinding(record, dead), ...(await asked(dead, DEAD_LETTERS))];
  } catch (error) {
    if (!isJobsError(error) || error.retryable) throw error;
    const { message, hint } = error;
    return [
      { check: "dead_letter_queue", status: "failed", message, ...(hint === undefined ? {} : { hint }) },
    ];
  }
}

function attributesFinding({ arn, fullName }: QueueRecord): Diagnosis {
  const check = "permission:sqs:GetQueueAttributes";
  if (arn !== undefined) return { check, status: "ok", message: `the limits of "${fullName}" can be read.` };
  return {
    check,
    status: "failed",
    message: `the limits of "${fullName}" cannot be read, so the defaults of AWS are assumed.`,
    hint: "Allow sqs:GetQueueAttributes on it: jobs infra print --format iam --region REGION shows the whole policy.",
  };
}

function retentionFinding({ fullName, settings }: QueueRecord, { longestMs }: QueueUse): Diagnosis {
  const check = "retention";
  const kept = formatDuration(settings.retentionMs);
  if (longestMs <= settings.retentionMs) {
    return {
      check,
      status: "ok",
      message: `"${fullName}" keeps messages for ${kept}, as long as any job needs.`,
    };
  }
  return {
    check,
    status: "failed",
    message: `"${fullName}" keeps messages for ${kept}, but a job may need ${formatDuration(longestMs)}.`,
    hint: "Raise its MessageRetentionPeriod (14 days at most), or shorten delays, retries and timeouts.",
  };
}

/** A message that SQS itself moves keeps its first send time, so its retention continues. */
function letterRetentionFinding({ settings }: QueueRecord, dead: QueueRecord): Diagnosis {
  const check = "dead_letter_retention";
  const kept = formatDuration(dead.settings.retentionMs);
  if (dead.settings.retentionMs >= settings.retentionMs) {
    return { check, status: "ok", message: `"${dead.fullName}" keeps dead letters for ${kept}.` };
  }
  return {
    check,
    status: "warning",
    message: `"${dead.fullName}" keeps dead letters for ${kept} from when they were sent, less than their queue.`,
    hint: "Raise its MessageRetentionPeriod, at best to 14 days.",
  };
}
