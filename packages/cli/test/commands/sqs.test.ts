import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REFUSALS } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";
import { AWS_VARIABLES, createSqsProject, provision, type SqsProject } from "./sqs-project.ts";

/** A project on an SQS that has the queues of its app. */
async function onSqs(): Promise<SqsProject> {
  const at = await createSqsProject();
  for (const name of ["default", "mail"]) await provision(at.sqs, name);
  return at;
}

const ENQUEUE = ["enqueue", "my_task", "a=1", "b=2"];

describe("the command on SQS", () => {
  it("finds the endpoint by flag, by AWS's own variable, by URL and in the configuration [W29]", async () => {
    await using at = await onSqs();
    const { project, sqs } = at;
    const main = { kind: "sqs", endpoint: sqs.url, region: "us-east-1" };
    project.write(
      "jobs.config.mjs",
      `export default ${JSON.stringify({ app: "./app.mjs", brokers: { main } })};`,
    );
    const place = ["--broker", "sqs", "--endpoint", sqs.url, "--region", "us-east-1"];
    const { AWS_REGION: _, ...withoutRegion } = AWS_VARIABLES;
    const ways = [
      { args: place, env: withoutRegion },
      { args: [], env: at.env },
      { args: ["--broker", sqs.url], env: AWS_VARIABLES },
      { args: ["--broker", "main"], env: withoutRegion },
    ];
    for (const { args, env } of ways) {
      const sent = await project.jobs([...ENQUEUE, ...args], { env });
      expect(sent, sent.stderr).toMatchObject({ code: 0 });
    }
    const stats = await project.json(["stats", "--queues", "default", "--json"], { env: at.env });
    expect(stats).toMatchObject({ broker: "sqs", queues: [{ ready: { n: 4 } }] });
  });

  it("counts are marked as approximate, in the table too [W26]", async () => {
    await using at = await onSqs();
    const report = await at.project.json(["stats", "--queues", "default", "--json"], { env: at.env });
    const about = { n: 0, exact: false };
    expect(report).toMatchObject({ queues: [{ ready: about, leased: about, delayed: about, dead: about }] });
    const { stdout } = await at.project.jobs(["stats", "--queues", "default"], { env: at.env });
    expect(stdout).toContain("~0");
  });

  it("a worker's metrics count the requests that AWS bills, by action [C27]", async () => {
    await using at = await onSqs();
    await at.project.jobs(ENQUEUE, { env: at.env });
    const before = at.sqs.requests().byAction;
    const flags = ["--max-jobs", "1", "--metrics-file", "jobs.prom"];
    expect(await at.project.jobs(["worker", ...flags], { env: at.env })).toMatchObject({ code: 0 });
    const text = readFileSync(join(at.project.folder, "jobs.prom"), "utf8");
    const sent = [...text.matchAll(/^jobs_broker_requests_total\{broker="sqs",action="(\w+)"\} (\d+)$/gm)];
    const counted = Object.fromEntries(sent.map(([, action = "", count]) => [action, Number(count)]));
    const { byAction } = at.sqs.requests();
    const asked = Object.entries(byAction).map(
      ([action, count]) => [action, count - (before[action] ?? 0)] as const,
    );
    expect(counted).toEqual(Object.fromEntries(asked.filter(([, count]) => count > 0)));
    expect(counted).toMatchObject({ DeleteMessageBatch: 1, ReceiveMessage: expect.any(Number) });
    expect(text).toContain('jobs_broker_billed_requests_total{broker="sqs",action="DeleteMessageBatch"} 1\n');
  });

  it("asks for exactly prefix + name, runs jobs, and never makes, deletes or lists queues [W2 W20]", async () => {
    await using at = await onSqs();
    for (const name of ["acme-default", "acme-mail"]) await provision(at.sqs, name);
    await at.project.jobs([...ENQUEUE, "--prefix", "acme-"], { env: at.env });
    const report = await at.project.json(["worker", "--max-jobs", "1", "--json", "--prefix", "acme-"], {
      env: at.env,
    });
    expect(report).toMatchObject({ succeeded: 1, dead: 0 });
    const { byAction } = at.sqs.requests();
    expect(Object.keys(byAction).filter((action) => /^(Create|Delete|List)Queue/.test(action))).toEqual([]);
  });

  it("is exit 64 for a priority, which SQS has not", async () => {
    await using at = await onSqs();
    const { code, stderr } = await at.project.jobs([...ENQUEUE, "--priority", "5"], { env: at.env });
    expect({ code, stderr }).toMatchObject({ code: 64, stderr: expect.stringContaining("has no priority") });
  });

  it("a missing queue is exit 78 with its full name and region [W21]", async () => {
    await using at = await onSqs();
    for (const args of [ENQUEUE, ["worker", "--drain"], ["stats"]]) {
      const { code, stderr } = await at.project.jobs([...args, "--prefix", "gone-"], { env: at.env });
      expect({ args, code, stderr }).toMatchObject({ code: 78 });
      expect(stderr).toMatch(/"gone-(default|mail)" does not exist in region us-east-1/);
    }
  });

  it("refused credentials are exit 77, after having been tried again only at the start [W30]", async () => {
    await using at = await onSqs();
    const fault = at.sqs.play({ kind: "refusal", refusal: REFUSALS.invalidToken });
    const { code, stderr } = await at.project.jobs(["worker", "--queues", "default"], { env: at.env });
    expect({ code, stderr }).toMatchObject({ code: 77 });
    expect(fault.met).toBe(3);
  });

  it("is exit 77 without any credentials, and says so", async () => {
    await using at = await onSqs();
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...env } = at.env;
    const { code, stderr } = await at.project.jobs(ENQUEUE, { env });
    expect({ code, stderr }).toMatchObject({ code: 77, stderr: expect.stringContaining("redentials") });
  });

  it("is exit 69 where nobody listens", async () => {
    using project = createProject();
    const env = { ...AWS_VARIABLES, JOBS_BROKER: "sqs", AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:9" };
    const limit = ["--timeout", "1s"];
    const worker = ["worker", "--drain", "--start-timeout", "1s"];
    for (const args of [ENQUEUE, ["stats"], [...ENQUEUE, ...limit], ["stats", ...limit], worker]) {
      const { code, stderr } = await project.jobs(args, { env });
      expect({ args, code, stderr }).toMatchObject({ code: 69, stderr: expect.stringContaining("sqs") });
    }
  });

  it("is exit 2 when --endpoint or --region are given to another broker", async () => {
    using project = createProject();
    const { code, stderr } = await project.jobs(["stats", "--broker", "sqlite", "--region", "eu-west-1"]);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--region does not go with the broker sqlite"),
    });
  });

  it("drains what a simple-worker has left, told by --codec [W10]", async () => {
    await using at = await onSqs();
    const QueueUrl = `${at.sqs.url}/000000000000/default`;
    const MessageBody = '{"task_name": "my_task", "task_payload": {"a": 1, "b": 2}}';
    await fetch(at.sqs.url, {
      method: "POST",
      headers: { "x-amz-target": "AmazonSQS.SendMessage" },
      body: JSON.stringify({ QueueUrl, MessageBody }),
    });
    const args = ["worker", "--max-jobs", "1", "--codec", "simple-worker", "--json"];
    expect(await at.project.json(args, { env: at.env })).toMatchObject({ succeeded: 1, dead: 0 });
  });

  it("lists dead letters and puts them back", async () => {
    await using at = await onSqs();
    await at.project.jobs(["enqueue", "failing"], { env: at.env });
    expect(await at.project.json(["worker", "--max-jobs", "1", "--json"], { env: at.env })).toMatchObject({
      dead: 1,
    });
    const { jobs } = await at.project.json(["dlq", "list", "--json"], { env: at.env });
    expect(jobs).toMatchObject([{ task: "failing", dead: { reason: "exhausted" } }]);
    const [{ id }] = jobs as [{ id: string }];
    const retried = await at.project.json(["dlq", "retry", id, "--json"], { env: at.env });
    expect(retried).toMatchObject({ moved: 1 });
    const stats = await at.project.json(["stats", "--json", "--queues", "default"], { env: at.env });
    expect(stats).toMatchObject({ queues: [{ ready: { n: 1 }, dead: { n: 0 } }] });
  });
});
