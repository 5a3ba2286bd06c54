import type { PlannedQueue } from "./plan-queues.ts";
import { RIGHTS, ROLES, type Role, statements } from "./roles.ts";
import { uniqueNames } from "./unique-names.ts";

type Template = Readonly<Record<string, unknown>>;

/** Queues stay when their stack is deleted, since jobs may be in them. */
const KEPT = { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" } as const;

/** A template of AWS CloudFormation with the queues and a managed policy for each role. */
export function cloudFormationTemplate(queues: readonly PlannedQueue[]): Template {
  const ids = uniqueNames(
    queues.flatMap(({ name, deadName }) => [name, deadName]),
    logicalId,
  );
  const arnOf = (name: string) => ({ "Fn::GetAtt": [ids.get(name), "Arn"] });
  const own = queues.map(({ name }) => arnOf(name));
  const dead = queues.map(({ deadName }) => arnOf(deadName));
  const resources = queues.flatMap((queue): [string | undefined, Template][] => [
    [ids.get(queue.name), mainQueue(queue, arnOf(queue.deadName))],
    [ids.get(queue.deadName), deadLetterQueue(queue)],
  ]);
  const policies = ROLES.map((role): [string, Template] => [policyId(role), managedPolicy(role, own, dead)]);
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "Queues of jobs, queues for their dead letters, and policies for those who use them.",
    Resources: Object.fromEntries([...resources, ...policies]),
    Outputs: Object.fromEntries(ROLES.map((role) => [policyId(role), { Value: { Ref: policyId(role) } }])),
  };
}

function mainQueue(queue: PlannedQueue, deadLetterTargetArn: Template): Template {
  return {
    Type: "AWS::SQS::Queue",
    ...KEPT,
    Properties: {
      QueueName: queue.name,
      ...fifo(queue),
      VisibilityTimeout: queue.visibilitySeconds,
      MessageRetentionPeriod: queue.retentionSeconds,
      SqsManagedSseEnabled: true,
      RedrivePolicy: { deadLetterTargetArn, maxReceiveCount: queue.maxReceiveCount },
    },
  };
}

/** Names its queue by a text, since a reference would be circular. */
function deadLetterQueue(queue: PlannedQueue): Template {
  const source = { "Fn::Sub": `arn:\${AWS::Partition}:sqs:\${AWS::Region}:\${AWS::AccountId}:${queue.name}` };
  return {
    Type: "AWS::SQS::Queue",
    ...KEPT,
    Properties: {
      QueueName: queue.deadName,
      ...fifo(queue),
      MessageRetentionPeriod: queue.deadRetentionSeconds,
      SqsManagedSseEnabled: true,
      RedriveAllowPolicy: { redrivePermission: "byQueue", sourceQueueArns: [source] },
    },
  };
}

function fifo({ isFifo }: PlannedQueue): Template {
  return isFifo ? { FifoQueue: true } : {};
}

function managedPolicy(role: Role, queues: readonly Template[], deadLetters: readonly Template[]): Template {
  return {
    Type: "AWS::IAM::ManagedPolicy",
    Properties: {
      Description: RIGHTS[role].description,
      PolicyDocument: { Version: "2012-10-17", Statement: statements(role, queues, deadLetters) },
    },
  };
}

function policyId(role: Role): string {
  return `${pascal(role)}Policy`;
}

/** CloudFormation allows only letters and digits. */
function logicalId(name: string): string {
  return `${pascal(name)}Queue`;
}

function pascal(text: string): string {
  return text
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
}
