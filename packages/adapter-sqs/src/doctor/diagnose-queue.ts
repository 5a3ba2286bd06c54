import { type Finding, formatDuration, type QueueUse } from "@jobs/core";
import type { BrokerSession } from "../broker-session.ts";
import type { QueueRecord } from "../queue/queue-book.ts";
import { askPermission, type SqsPermission } from "./ask-permission.ts";

/** A worker also sends: long delays go on in hops. */
const OWN_QUEUE: readonly SqsPermission[] = [
  "sqs:SendMessage",
  "sqs:ReceiveMessage",
  "sqs:DeleteMessage",
  "sqs:ChangeMessageVisibility",
];

/** Workers send dead letters; the rest is for people who look at them and put them back. */
const DEAD_LETTERS: readonly SqsPermission[] = [
  "sqs:SendMessage",
  "sqs:ReceiveMessage",
  "sqs:DeleteMessage",
  "sqs:ChangeMessageVisibility",
];

/** What can be told about a queue on SQS without changing anything. */
export async function diagnoseQueue(
  session: BrokerSession,
  record: QueueRecord,
  use: QueueUse,
): Promise<readonly Finding[]> {
  const { redriveTarget } = record;
  const dead = redriveTarget === undefined ? undefined : await session.queues.findTarget(redriveTarget);
  const asked = (queue: QueueRecord, permissions: readonly SqsPermission[]) =>
    permissions.map((permission) => askPermission(session.link, queue, permission));
  return [
    attributesFinding(record),
    retentionFinding(record, use),
    ...(dead === undefined ? [] : [letterRetentionFinding(record, dead)]),
    ...(await Promise.all([
      ...asked(record, OWN_QUEUE),
      ...(dead === undefined ? [] : asked(dead, DEAD_LETTERS)),
    ])),
    {
      check: "permission:sqs:PurgeQueue",
      status: "unknown",
      message: "sqs:PurgeQueue cannot be asked for without purging; only jobs queue purge needs it.",
    },
  ];
}

function attributesFinding({ arn, fullName }: QueueRecord): Finding {
  const check = "permission:sqs:GetQueueAttributes";
  if (arn !== undefined) return { check, status: "ok", message: `the limits of "${fullName}" can be read.` };
  return {
    check,
    status: "failed",
    message: `the limits of "${fullName}" cannot be read, so those that AWS has by default are taken for them.`,
    hint: "Allow sqs:GetQueueAttributes on it: jobs infra print --format iam shows the whole policy.",
  };
}

function retentionFinding({ fullName, traits }: QueueRecord, { longestMs }: QueueUse): Finding {
  const check = "retention";
  const kept = formatDuration(traits.retentionMs);
  if (longestMs <= traits.retentionMs) {
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

/** What SQS itself moves keeps the time at which it was sent first. */
function letterRetentionFinding({ traits }: QueueRecord, dead: QueueRecord): Finding {
  const check = "dead_letter_retention";
  const kept = formatDuration(dead.traits.retentionMs);
  if (dead.traits.retentionMs >= traits.retentionMs) {
    return { check, status: "ok", message: `"${dead.fullName}" keeps dead letters for ${kept}.` };
  }
  return {
    check,
    status: "warning",
    message: `"${dead.fullName}" keeps dead letters for ${kept} from when they were sent, less than their queue.`,
    hint: "Raise its MessageRetentionPeriod, at best to 14 days.",
  };
}
