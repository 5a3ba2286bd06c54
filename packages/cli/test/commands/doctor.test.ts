import type { Diagnosis } from "@jobs/core/broker";
import { REFUSALS } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";
import { createSqsProject, provision, type SqsProject } from "./sqs-project.ts";

/** What was found about the first queue, but for what is well. */
async function bad(
  { project, env }: SqsProject,
  args: readonly string[] = [],
): Promise<readonly Diagnosis[]> {
  const report = await project.json(["doctor", "--queues", "default", "--json", ...args], { env });
  const [{ findings }] = report.queues as [{ findings: readonly Diagnosis[] }];
  return findings.filter(({ status }) => status === "failed" || status === "warning");
}

describe("jobs doctor", () => {
  it("passes a queue that fits, changing nothing and making no queue [W22]", async () => {
    await using at = await createSqsProject();
    for (const name of ["default", "mail"]) await provision(at.sqs, name);
    const sent = await at.project.jobs(["enqueue", "my_task", "a=1", "b=2"], { env: at.env });
    expect(sent, sent.stderr).toMatchObject({ code: 0 });
    const { code, stdout, stderr } = await at.project.jobs(["doctor"], { env: at.env });
    expect({ code, stdout, stderr }).toMatchObject({ code: 0, stderr: "" });
    expect(stdout).toContain('sqs:ReceiveMessage on "default" is allowed.');
    expect(stdout).toContain("sqs:PurgeQueue cannot be asked for");
    expect(stdout).not.toContain("FAIL");
    const stats = await at.project.json(["stats", "--json"], { env: at.env });
    expect(stats.queues).toMatchObject([{ ready: { n: 1 }, leased: { n: 0 }, dead: { n: 0 } }, {}]);
    expect(
      Object.keys(at.sqs.requests().byAction).filter((action) => /^(Create|Delete|List)Queue/.test(action)),
    ).toEqual([]);
  });

  it("fails a queue without a redrive policy [W22]", async () => {
    await using at = await createSqsProject();
    await at.sqs.createQueue({ name: "default" });
    const { code, stdout } = await at.project.jobs(["doctor", "--queues", "default"], { env: at.env });
    expect({ code, stdout }).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /FAIL {2}there is no dead-letter queue.*\n.*Fix: Give the queue a redrive policy/,
      ),
    });
  });

  it("fails a queue whose maxReceiveCount is below the attempts of a task, and warns of one with no room [W22]", async () => {
    await using at = await createSqsProject();
    await at.sqs.createQueue({ name: "default", dlq: "dead", maxReceiveCount: 3 });
    const findings = await bad(at);
    const attempts = findings.filter(({ check }) => check === "attempts");
    expect(attempts).toMatchObject([
      { status: "failed", message: expect.stringContaining("my_task may have 5 attempts") },
      { status: "warning", message: expect.stringContaining("failing may have 1 attempt,") },
      { status: "failed", message: expect.stringContaining("slow") },
      { status: "failed", message: expect.stringContaining("legacy") },
    ]);
  });

  it("holds timeouts against visibility, and retention against retries and the longest delay [W22]", async () => {
    await using at = await createSqsProject();
    await provision(at.sqs, "default");
    at.project.write(
      "jobs.config.mjs",
      `export default { app: "./app.mjs", tasks: { my_task: { timeout: "13h", attempts: 10 }, slow: { timeout: "off", backoff: "13h" } } };`,
    );
    expect(await bad(at, ["--longest-delay", "1d"])).toMatchObject([
      { check: "timeout", status: "failed", message: expect.stringContaining("my_task may run for 13h") },
      { check: "timeout", status: "warning", message: expect.stringContaining("slow may run for ever") },
      { check: "retry_delay", status: "warning", message: expect.stringContaining("slow may wait 13h") },
      { check: "retention", status: "failed", message: expect.stringContaining("keeps messages for 4d") },
    ]);
    expect(await bad(at, ["--longest-delay", "15d"])).toContainEqual(
      expect.objectContaining({ check: "delay", status: "failed" }),
    );
  });

  it("says which permission is missing, on the queue and on that of its dead letters [W22]", async () => {
    await using at = await createSqsProject();
    await provision(at.sqs, "default");
    at.sqs.play({ kind: "refusal", refusal: REFUSALS.accessDenied, actions: ["DeleteMessage"] });
    const check = "permission:sqs:DeleteMessage";
    const hint = expect.stringContaining("jobs infra print --format iam");
    expect(await bad(at)).toEqual([
      { check, status: "failed", message: 'sqs:DeleteMessage on "default" is denied.', hint },
      {
        check,
        status: "warning",
        message: 'sqs:DeleteMessage on "default-dead" is denied; jobs dlq needs it, workers do not.',
        hint,
      },
    ]);
  });

  it("claims nothing about a right that could not be asked for [W22]", async () => {
    await using at = await createSqsProject();
    await provision(at.sqs, "default");
    at.sqs.play({ kind: "refusal", refusal: REFUSALS.throttling, actions: ["ReceiveMessage"] });
    const { code, stdout } = await at.project.jobs(["doctor", "--queues", "default"], { env: at.env });
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toContain('?     sqs:ReceiveMessage on "default" could not be asked for.');
  });

  it("says when the limits of a queue cannot be read [W22]", async () => {
    await using at = await createSqsProject();
    await provision(at.sqs, "default");
    at.sqs.play({ kind: "refusal", refusal: REFUSALS.accessDenied, actions: ["GetQueueAttributes"] });
    expect(await bad(at)).toContainEqual(
      expect.objectContaining({ check: "permission:sqs:GetQueueAttributes", status: "failed" }),
    );
  });

  it("fails a queue whose dead letters have nowhere to go, and says the rest all the same [W22]", async () => {
    await using at = await createSqsProject();
    await provision(at.sqs, "default");
    const gone = `${at.sqs.url}/000000000000/default-dead`;
    await fetch(at.sqs.url, {
      method: "POST",
      headers: { "x-amz-target": "AmazonSQS.DeleteQueue" },
      body: JSON.stringify({ QueueUrl: gone }),
    });
    expect(await bad(at)).toMatchObject([
      {
        check: "dead_letter_queue",
        status: "failed",
        message: expect.stringContaining('"default-dead" does not exist'),
      },
    ]);
  });

  it("warns when dead letters are kept for less time than their queue keeps jobs [W22]", async () => {
    await using at = await createSqsProject();
    await at.sqs.createQueue({ name: "dead", attributes: { MessageRetentionPeriod: "3600" } });
    const policy = { deadLetterTargetArn: "arn:aws:sqs:us-east-1:000000000000:dead", maxReceiveCount: 20 };
    await at.sqs.createQueue({ name: "default", attributes: { RedrivePolicy: JSON.stringify(policy) } });
    expect(await bad(at)).toMatchObject([{ check: "dead_letter_retention", status: "warning" }]);
  });

  it("reports a missing queue by its full name and region [W21]", async () => {
    await using at = await createSqsProject();
    expect(await bad(at, ["--prefix", "acme-"])).toMatchObject([
      {
        check: "reachable",
        status: "failed",
        message: `sqs queue "acme-default" does not exist in region us-east-1 at ${at.sqs.url}.`,
      },
    ]);
  });

  it("is exit 69 where nobody answers", async () => {
    await using at = await createSqsProject();
    const env = { ...at.env, AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:9" };
    expect(await at.project.jobs(["doctor"], { env })).toMatchObject({ code: 69 });
  });

  it("looks at other brokers too", async () => {
    using project = createProject();
    const { code, stdout } = await project.jobs(["doctor"]);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toContain("dead letters are kept");
  });
});
