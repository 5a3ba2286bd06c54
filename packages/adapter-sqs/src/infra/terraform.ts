import type { PlannedQueue } from "./plan-queues.ts";
import { RIGHTS, ROLES, type Role, statements } from "./roles.ts";
import { uniqueNames } from "./unique-names.ts";

type Block = Readonly<Record<string, unknown>>;

/** Terraform's JSON form, for a file that ends in `.tf.json`: queues, redrive policies, and a policy for each role. */
export function terraformConfiguration(queues: readonly PlannedQueue[], queuePrefix: string): Block {
  const ids = uniqueNames(
    queues.flatMap(({ name, deadName }) => [name, deadName]),
    identifier,
  );
  const idOf = (name: string) => ids.get(name) ?? name;
  const arnOf = (name: string) => `\${aws_sqs_queue.${idOf(name)}.arn}`;
  const own = queues.map(({ name }) => arnOf(name));
  const dead = queues.map(({ deadName }) => arnOf(deadName));
  return {
    resource: {
      aws_sqs_queue: Object.fromEntries(
        queues.flatMap((queue) => [
          [idOf(queue.name), mainQueue(queue, idOf(queue.deadName))],
          [idOf(queue.deadName), deadLetterQueue(queue)],
        ]),
      ),
      aws_sqs_queue_redrive_allow_policy: Object.fromEntries(
        queues.map(({ name, deadName }) => [idOf(deadName), redriveAllowPolicy(idOf(name), idOf(deadName))]),
      ),
      aws_iam_policy: Object.fromEntries(ROLES.map((role) => [`jobs_${role}`, policy(role, queuePrefix)])),
    },
    data: {
      aws_iam_policy_document: Object.fromEntries(
        ROLES.map((role) => [`jobs_${role}`, policyDocument(role, own, dead)]),
      ),
    },
  };
}

function mainQueue(queue: PlannedQueue, deadId: string): Block {
  const { maxReceiveCount } = queue;
  const target = `deadLetterTargetArn = aws_sqs_queue.${deadId}.arn`;
  return {
    name: queue.name,
    ...fifo(queue),
    visibility_timeout_seconds: queue.visibilitySeconds,
    message_retention_seconds: queue.retentionSeconds,
    sqs_managed_sse_enabled: true,
    redrive_policy: `\${jsonencode({ ${target}, maxReceiveCount = ${maxReceiveCount} })}`,
    ...KEPT,
  };
}

function deadLetterQueue(queue: PlannedQueue): Block {
  return {
    name: queue.deadName,
    ...fifo(queue),
    message_retention_seconds: queue.deadRetentionSeconds,
    sqs_managed_sse_enabled: true,
    ...KEPT,
  };
}

/** Terraform must not delete queues, since jobs may be in them. */
const KEPT = { lifecycle: { prevent_destroy: true } } as const;

function fifo({ isFifo }: PlannedQueue): Block {
  return isFifo ? { fifo_queue: true } : {};
}

/** A separate resource, since inside the queue it would be a circular reference. */
function redriveAllowPolicy(id: string, deadId: string): Block {
  const sources = `sourceQueueArns = [aws_sqs_queue.${id}.arn]`;
  return {
    queue_url: `\${aws_sqs_queue.${deadId}.id}`,
    redrive_allow_policy: `\${jsonencode({ redrivePermission = "byQueue", ${sources} })}`,
  };
}

function policy(role: Role, queuePrefix: string): Block {
  return {
    name: `${queuePrefix}jobs-${role}`,
    description: RIGHTS[role].description,
    policy: `\${data.aws_iam_policy_document.jobs_${role}.json}`,
  };
}

function policyDocument(role: Role, queues: readonly string[], deadLetters: readonly string[]): Block {
  const statement = statements(role, queues, deadLetters).map(({ Sid, Effect, Action, Resource }) => ({
    sid: Sid,
    effect: Effect,
    actions: Action,
    resources: Resource,
  }));
  return { statement };
}

/** Terraform's names begin with a letter or an underscore. */
function identifier(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_-]/g, "_");
  return /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`;
}
