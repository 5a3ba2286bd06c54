import { fullQueueName } from "@jobs/core/broker";
import { durationFlag, GLOBAL_FLAGS, PROJECT_FLAGS } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { Flags } from "../../base/oclif.ts";
import { type PlannedQueue, planQueues } from "../../infra/plan-queues.ts";
import { addressOfKind } from "../../project/adapter-address.ts";
import { openApp } from "../../project/open-app.ts";

/** What the documents describe: the broker whose queues must exist beforehand. */
const PROVISIONED = { kind: "sqs" };

export default class InfraPrint extends JobsCommand {
  static override flags = {
    format: Flags.option({
      options: ["cloudformation", "terraform", "iam"] as const,
      description: "cloudformation is YAML, terraform is for a file .tf.json, iam is the policies alone.",
      required: true,
    })(),
    account: Flags.string({ description: "Account of the queues, for iam. Default: any.", helpValue: "ID" }),
    "longest-delay": durationFlag({ description: "The longest delay that jobs are enqueued with." }),
    ...PROJECT_FLAGS,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs infra print --format cloudformation > queues.yaml",
    "jobs infra print --format terraform --prefix acme- > queues.tf.json",
    "jobs infra print --format iam --region eu-west-1 --account 123456789012",
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(InfraPrint);
    await using opened = await openApp({ flags, hasBroker: false });
    const { app, project } = opened;
    const { adapter } = await addressOfKind(PROVISIONED, "broker", project);
    const { queueName: nameOf = fullQueueName } = adapter;
    const queues = planQueues(app, { nameOf, longestDelayMs: flags["longest-delay"] ?? 0 });
    const { region, account, format } = flags;
    const document = await DOCUMENTS[format](queues, { region, account, prefix: app.config.queuePrefix });
    if (this.output.isJson) this.output.json(document);
    else this.output.raw(await textOf(document, format));
  }
}

interface DocumentOptions {
  readonly region: string | undefined;
  readonly account: string | undefined;
  readonly prefix: string;
}

/** Each loads only its own: nobody wants two formats. */
const DOCUMENTS = {
  async cloudformation(queues: readonly PlannedQueue[]): Promise<object> {
    const { cloudFormationTemplate } = await import("../../infra/cloudformation.ts");
    return cloudFormationTemplate(queues);
  },
  async terraform(queues: readonly PlannedQueue[], { prefix }: DocumentOptions): Promise<object> {
    const { terraformConfiguration } = await import("../../infra/terraform.ts");
    return terraformConfiguration(queues, prefix);
  },
  async iam(queues: readonly PlannedQueue[], options: DocumentOptions): Promise<object> {
    const { iamPolicies } = await import("../../infra/iam-policies.ts");
    return iamPolicies(queues, options);
  },
} as const;

async function textOf(document: object, format: keyof typeof DOCUMENTS): Promise<string> {
  if (format !== "cloudformation") return `${JSON.stringify(document, null, 2)}\n`;
  const { stringifyYAML } = await import("confbox/yaml");
  return stringifyYAML(document, { noRefs: true });
}
