import type { PlannedQueue } from "./plan-queues.ts";
import { ROLES, type Role, type Statement, statements } from "./roles.ts";

/** A policy in the form of IAM. */
export interface Policy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement<string>[];
}

/** Region and account of the queues, if they are known. */
export interface AwsTarget {
  /** Default: any region. */
  readonly region?: string | undefined;
  /** Default: any account. In practice this is the account of the policy. */
  readonly account?: string | undefined;
}

/** A policy for each role. */
export function iamPolicies(
  queues: readonly PlannedQueue[],
  { region = "*", account = "*" }: AwsTarget,
): Readonly<Record<Role, Policy>> {
  const arn = (name: string) => `arn:aws:sqs:${region}:${account}:${name}`;
  const own = queues.map(({ name }) => arn(name));
  const dead = queues.map(({ deadName }) => arn(deadName));
  const policies = ROLES.map((role): [Role, Policy] => [
    role,
    { Version: "2012-10-17", Statement: statements(role, own, dead) },
  ]);
  return Object.fromEntries(policies) as Record<Role, Policy>;
}
