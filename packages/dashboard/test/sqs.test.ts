import { sqs } from "@jobs/adapter-sqs";
import { startSqsEndpoint } from "@jobs/test-servers";
import { expect, it } from "vitest";
import type { DeadLetters, JobDetail, Overview, QueueDetail, SignatureList } from "../src/api/api-types.ts";
import { DashboardWorld, jsonOf, mail, type Storage } from "./dashboard-world.ts";

/** SQS with the queues of the app, and no result store. */
async function sqsStorage(): Promise<Storage> {
  const endpoint = await startSqsEndpoint();
  for (const name of ["default", "images"]) await endpoint.createQueue({ name, dlq: `${name}-dead` });
  const client = { credentials: { accessKeyId: "AKIATEST", secretAccessKey: "not-a-secret" } };
  return {
    options: { broker: sqs({ endpoint: endpoint.url, region: "us-east-1", client }) },
    [Symbol.asyncDispose]: () => endpoint[Symbol.asyncDispose](),
  };
}

it("what SQS cannot show is said as such, with what it would take", async () => {
  await using world = new DashboardWorld(await sqsStorage());
  const { id } = await world.app.enqueue(mail, { to: "a" });
  const { app, queues } = await world.get<Overview>("overview");
  expect(app.limits.map(({ feature }) => feature)).toEqual([
    "results",
    "history",
    "workers",
    "peek",
    "counts",
  ]);
  for (const { why, needs } of app.limits)
    expect([why, needs]).toEqual([expect.stringMatching(/\.$/), expect.stringMatching(/\.$/)]);
  expect(queues).toMatchObject([{ name: "default", ready: { n: 1, isExact: false } }, { name: "images" }]);
  const peek = { unsupported: { feature: "peek" } };
  expect(await world.get<QueueDetail>("queues/default")).toMatchObject({ page: peek });
  expect(await world.get<SignatureList>("signatures")).toMatchObject({ signatures: peek });
  expect(await world.get<JobDetail>(`jobs/${id}`)).toMatchObject({
    job: null,
    stored: peek,
    result: { unsupported: { feature: "results" } },
    log: { unsupported: { needs: expect.stringMatching(/\.$/) } },
  });
  expect(await world.get("workers")).toMatchObject({ workers: { unsupported: { feature: "workers" } } });
});

it("a change that SQS cannot do is refused with the reason, and written to the audit log", async () => {
  await using world = new DashboardWorld(await sqsStorage());
  const refused = await world.post({ action: "remove", queue: "default", ids: ["x"] });
  expect([refused.status, (await jsonOf(refused)).error.code]).toEqual([409, "unsupported"]);
  const { entries } = await world.get<{ entries: unknown[] }>("audit");
  expect(entries).toMatchObject([{ action: "remove", target: "default: x", outcome: "failed: unsupported" }]);
  const dead = await world.get<DeadLetters>("dead");
  expect(dead.groups).toEqual([]);
});
