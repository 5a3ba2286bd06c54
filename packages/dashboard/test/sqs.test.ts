import { createMemoryHistory } from "@jobs/adapter-memory";
import { sqs } from "@jobs/adapter-sqs";
import { chain, step } from "@jobs/core";
import { startSqsEndpoint } from "@jobs/test-servers";
import { expect, it } from "vitest";
import type {
  DeadLetters,
  FlowDetail,
  JobDetail,
  Overview,
  QueueDetail,
  SignatureList,
} from "../src/api/api-types.ts";
import { DashboardWorld, jsonOf, mail, resize, type Storage } from "./dashboard-world.ts";

/** SQS with the queues of the app, and no result store. */
async function sqsStorage(): Promise<Storage> {
  const endpoint = await startSqsEndpoint();
  for (const name of ["default", "images"]) await endpoint.createQueue({ name, dlq: `${name}-dead` });
  const client = { credentials: { accessKeyId: "AKIATEST", secretAccessKey: "not-a-secret" } };
  return {
    options: { broker: sqs({ endpoint: endpoint.url, region: "us-east-1", client }) },
    history: () => createMemoryHistory(),
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

it("a flow has the steps that were sent, and says why later ones are missing", async () => {
  const storage = await sqsStorage();
  const options = { ...storage.options, history: storage.history() };
  await using world = new DashboardWorld({ ...storage, options });
  const { id } = await world.app.start(chain([step(resize, { file: "a" }), step(mail, { to: "x" })]));
  const hidden = { feature: "later steps", why: expect.stringContaining("images") };
  await expect
    .poll(() => world.get<FlowDetail>(`flows/${id}`))
    .toMatchObject({ flow: { nodes: [{ task: "resize", state: "enqueued" }], hidden } });
});
