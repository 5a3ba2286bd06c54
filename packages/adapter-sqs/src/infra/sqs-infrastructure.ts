import type { Infrastructure, InfrastructureNeeds } from "@jobs/core/broker";
import { cloudFormationTemplate } from "./cloudformation.ts";
import { iamPolicies } from "./iam-policies.ts";
import { type PlannedQueue, planQueues } from "./plan-queues.ts";
import { terraformConfiguration } from "./terraform.ts";

type Describe = (queues: readonly PlannedQueue[], needs: InfrastructureNeeds) => object;

const DOCUMENTS: Readonly<Record<string, { readonly text: "json" | "yaml"; readonly describe: Describe }>> = {
  cloudformation: { text: "yaml", describe: cloudFormationTemplate },
  terraform: {
    text: "json",
    describe: (queues, { queuePrefix }) => terraformConfiguration(queues, queuePrefix),
  },
  iam: { text: "json", describe: iamPolicies },
};

/** The queues of an app on SQS, with dead-letter queues and policies: for CloudFormation, Terraform, or policies alone. */
export const sqsInfrastructure: Infrastructure = {
  formats: Object.fromEntries(Object.entries(DOCUMENTS).map(([format, { text }]) => [format, text])),
  describe(format, needs) {
    const document = DOCUMENTS[format];
    if (document === undefined) throw new TypeError(`sqs: there is no format ${format}`);
    return document.describe(planQueues(needs), needs);
  },
};
