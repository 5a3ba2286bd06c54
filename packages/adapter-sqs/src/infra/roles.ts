/** Who uses the queues. */
export type Role = "producer" | "worker" | "operator";

/** Each of {@link Role}, in the order in which they are printed. */
export const ROLES: readonly Role[] = ["producer", "worker", "operator"];

/** What a role may do with the app's queues, and with those of their dead letters. */
export interface Rights {
  readonly description: string;
  readonly queues: readonly string[];
  readonly deadLetters: readonly string[];
}

/**
 * The fewest permissions that are enough. A worker also sends: jobs of its handlers, further hops of long delays, and
 * dead letters. An operator inspects queues and dead letters, redrives dead letters, and purges.
 */
export const RIGHTS: Readonly<Record<Role, Rights>> = {
  producer: {
    description: "Enqueues jobs.",
    queues: ["sqs:GetQueueUrl", "sqs:SendMessage"],
    deadLetters: [],
  },
  worker: {
    description: "Runs jobs.",
    queues: [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ReceiveMessage",
      "sqs:SendMessage",
    ],
    deadLetters: ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"],
  },
  operator: {
    description: "Counts jobs, inspects and redrives dead letters, purges.",
    queues: ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:PurgeQueue", "sqs:SendMessage"],
    deadLetters: [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ListMessageMoveTasks",
      "sqs:ReceiveMessage",
      "sqs:StartMessageMoveTask",
    ],
  },
};

/** A statement of a policy. */
export interface Statement<Resource> {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly Resource[];
}

/** The statements of a role; resources are in the form of the output format. */
export function statements<Resource>(
  role: Role,
  queues: readonly Resource[],
  deadLetters: readonly Resource[],
): readonly Statement<Resource>[] {
  const rights = RIGHTS[role];
  const allow = (Sid: string, Action: readonly string[], Resource: readonly Resource[]) =>
    Action.length === 0 ? [] : [{ Sid, Effect: "Allow" as const, Action, Resource }];
  return [
    ...allow("Queues", rights.queues, queues),
    ...allow("DeadLetters", rights.deadLetters, deadLetters),
  ];
}
