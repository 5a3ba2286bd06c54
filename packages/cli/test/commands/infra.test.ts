import { parseYAML } from "confbox/yaml";
import { describe, expect, it } from "vitest";
import { createProject, type TestProject } from "../project.ts";
import { AWS_VARIABLES, createSqsProject } from "./sqs-project.ts";

const PRINT = ["infra", "print", "--prefix", "acme-", "--format"];
const DAY_SECONDS = 86_400;

/** An app with a FIFO queue, and settings that do not fit into what AWS has by default. */
const APP = `
import { createApp, defineTask } from "@jobs/core";
export default createApp({ tasks: [
  defineTask("quick", {}),
  defineTask("slow", {}, { maxAttempts: 12, timeoutMs: 40_000_000 }),
  defineTask("pay", {}, { queue: "pay.fifo" }),
] });
`;

function orders(): TestProject {
  return createProject({ "app.mjs": APP });
}

async function printed(project: TestProject, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await project.jobs(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

type Resources = Readonly<
  Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>
>;

describe("jobs infra print", () => {
  it("prints a CloudFormation template with queues, redrive policies that fit the tasks, and policies [W20]", async () => {
    using project = orders();
    const template = parseYAML<{ Resources: Resources }>(
      await printed(project, [...PRINT, "cloudformation"]),
    );
    const { Resources } = template;
    expect(Object.keys(Resources)).toEqual([
      "AcmeDefaultQueue",
      "AcmeDefaultDeadQueue",
      "AcmePayFifoQueue",
      "AcmePayDeadFifoQueue",
      "ProducerPolicy",
      "WorkerPolicy",
      "OperatorPolicy",
    ]);
    expect(Resources.AcmeDefaultQueue).toMatchObject({
      Type: "AWS::SQS::Queue",
      DeletionPolicy: "Retain",
      Properties: {
        QueueName: "acme-default",
        VisibilityTimeout: 30,
        // 12 runs of 40,000 s and the pauses between them.
        MessageRetentionPeriod: 12 * 40_000 + 11 * 600,
        RedrivePolicy: {
          deadLetterTargetArn: { "Fn::GetAtt": ["AcmeDefaultDeadQueue", "Arn"] },
          maxReceiveCount: 17,
        },
      },
    });
    expect(Resources.AcmePayFifoQueue?.Properties).toMatchObject({
      QueueName: "acme-pay.fifo",
      FifoQueue: true,
      MessageRetentionPeriod: 4 * DAY_SECONDS,
    });
    expect(Resources.AcmePayDeadFifoQueue?.Properties).toMatchObject({
      QueueName: "acme-pay-dead.fifo",
      FifoQueue: true,
      MessageRetentionPeriod: 14 * DAY_SECONDS,
      RedriveAllowPolicy: {
        redrivePermission: "byQueue",
        sourceQueueArns: [
          { "Fn::Sub": `arn:\${AWS::Partition}:sqs:\${AWS::Region}:\${AWS::AccountId}:acme-pay.fifo` },
        ],
      },
    });
  });

  it("prints the same as Terraform, whose references all lead somewhere [W20]", async () => {
    using project = orders();
    const text = await printed(project, [...PRINT, "terraform"]);
    const { resource, data } = JSON.parse(text);
    expect(Object.keys(resource.aws_sqs_queue)).toEqual([
      "acme-default",
      "acme-default-dead",
      "acme-pay_fifo",
      "acme-pay-dead_fifo",
    ]);
    expect(resource.aws_sqs_queue["acme-pay_fifo"]).toMatchObject({
      name: "acme-pay.fifo",
      fifo_queue: true,
      redrive_policy: `\${jsonencode({ deadLetterTargetArn = aws_sqs_queue.acme-pay-dead_fifo.arn, maxReceiveCount = 10 })}`,
    });
    const named = [...text.matchAll(/aws_sqs_queue\.([\w-]+)\.(arn|id)/g)].map((match) => match[1]);
    expect(new Set(named)).toEqual(new Set(Object.keys(resource.aws_sqs_queue)));
    const documents = [...text.matchAll(/data\.aws_iam_policy_document\.(\w+)\.json/g)].map(
      (match) => match[1],
    );
    expect(documents).toEqual(Object.keys(data.aws_iam_policy_document));
  });

  it("prints policies with no right too many, for the region and account that are known [W20]", async () => {
    using project = orders();
    const place = ["--region", "eu-west-1", "--account", "123456789012"];
    const policies = JSON.parse(await printed(project, [...PRINT, "iam", ...place]));
    expect(policies.producer.Statement).toEqual([
      {
        Sid: "Queues",
        Effect: "Allow",
        Action: ["sqs:GetQueueUrl", "sqs:SendMessage"],
        Resource: [
          "arn:aws:sqs:eu-west-1:123456789012:acme-default",
          "arn:aws:sqs:eu-west-1:123456789012:acme-pay.fifo",
        ],
      },
    ]);
    const actions = JSON.stringify(policies);
    expect(actions).not.toMatch(/sqs:\*|CreateQueue|DeleteQueue|ListQueues|SetQueueAttributes/);
    expect(policies.worker.Statement[1].Action).toEqual([
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:SendMessage",
    ]);
  });

  it("is the same text every time, asks nobody and needs no credentials [W20]", async () => {
    await using at = await createSqsProject({ "app.mjs": APP });
    const env = { ...at.env, AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
    const texts = await Promise.all([1, 2].map(() => at.project.jobs([...PRINT, "cloudformation"], { env })));
    expect(texts[0]?.stdout).toBe(texts[1]?.stdout);
    expect(texts[0]?.code).toBe(0);
    expect(at.sqs.requests().total).toBe(0);
  });

  it("keeps longer where jobs are delayed for longer, and gives JSON on one line when asked [W20]", async () => {
    using project = orders();
    const args = [...PRINT, "cloudformation", "--longest-delay", "10d", "--json"];
    const template = (await project.json(args)) as { Resources: Resources };
    expect(template.Resources.AcmePayFifoQueue?.Properties.MessageRetentionPeriod).toBe(
      10 * DAY_SECONDS + 5 * 900 + 4 * 600,
    );
  });

  it("is exit 78 for a queue whose name SQS does not have", async () => {
    using project = createProject({ "app.mjs": APP.replace("pay.fifo", "pay.now") });
    const { code, stderr } = await project.jobs([...PRINT, "iam"]);
    expect({ code, stderr }).toMatchObject({ code: 78, stderr: expect.stringContaining("acme-pay.now") });
  });

  it("is exit 2 for a format that the adapter does not have, and names those that it has", async () => {
    using project = orders();
    const { code, stderr } = await project.jobs([...PRINT, "pulumi"]);
    const hint = expect.stringContaining("--format must be one of cloudformation, terraform, iam.");
    expect({ code, stderr }).toEqual({ code: 2, stderr: hint });
  });

  it("what it prints passes the doctor [W22]", async () => {
    await using at = await createSqsProject({ "app.mjs": APP });
    const { Resources } = (await at.project.json([...PRINT, "cloudformation", "--json"])) as {
      Resources: Resources;
    };
    const queues = Object.entries(Resources).filter(([, { Type }]) => Type === "AWS::SQS::Queue");
    for (const [id, { Properties }] of queues.toReversed()) {
      const { QueueName, RedrivePolicy, FifoQueue, ...attributes } = Properties;
      const policy = RedrivePolicy as {
        maxReceiveCount: number;
        deadLetterTargetArn: { "Fn::GetAtt": [string] };
      };
      const target = policy && Resources[policy.deadLetterTargetArn["Fn::GetAtt"][0]]?.Properties.QueueName;
      const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${target}`;
      const redrive = policy && JSON.stringify({ ...policy, deadLetterTargetArn });
      const texts = Object.entries(attributes).filter(([, value]) => typeof value === "number");
      await at.sqs.createQueue({
        name: String(QueueName),
        fifo: FifoQueue === true,
        attributes: {
          ...Object.fromEntries(texts.map(([name, value]) => [name, String(value)])),
          ...(redrive ? { RedrivePolicy: redrive } : {}),
        },
      });
      expect(id).toMatch(/Queue$/);
    }
    const { code, stdout } = await at.project.jobs(["doctor", "--prefix", "acme-"], {
      env: { ...AWS_VARIABLES, ...at.env },
    });
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.not.stringMatching(/FAIL|warn/) });
  });
});
