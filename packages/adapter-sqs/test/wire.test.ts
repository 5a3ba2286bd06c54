import { createApp, defineTask, handle, isJobsError } from "@jobs/core";
import { REFUSALS, type SqsCall, startSqsEndpoint } from "@jobs/test-servers";
import { expect, it } from "vitest";
import { sqs } from "../src/index.ts";
import { atEndpoint, letter, QUEUE, SqsWorld } from "./sqs-world.ts";

const FORBIDDEN = ["CreateQueue", "DeleteQueue", "ListQueues"];

it("asks for exactly prefix + queue, with the domain's ending before that of a FIFO queue [W2]", async () => {
  const names: unknown[] = [];
  await using endpoint = await startSqsEndpoint({ onCall: ({ body }) => void names.push(body.QueueName) });
  for (const name of ["acme-default", "acme-mail__eu"]) await endpoint.createQueue({ name });
  await endpoint.createQueue({ name: "acme-orders__eu.fifo", fifo: true });
  const broker = sqs({ ...atEndpoint(endpoint), prefix: "acme-" });
  for (const name of ["default", "mail__eu", "orders.fifo__eu"]) await broker.openQueue(name);
  await broker.close();
  expect(names.filter((name) => name !== undefined)).toEqual([
    "acme-default",
    "acme-mail__eu",
    "acme-orders__eu.fifo",
  ]);
});

it("looks a queue up once for all who ask at the same time, and makes, deletes or lists none [W20 W34]", async () => {
  await using endpoint = await startSqsEndpoint();
  await endpoint.createQueue({ name: QUEUE });
  const broker = sqs(atEndpoint(endpoint));
  const queues = await Promise.all(Array.from({ length: 20 }, () => broker.openQueue(QUEUE)));
  await broker.openConsumer(QUEUE, { leaseMs: 30_000 });
  for (const queue of queues) await queue.send([letter("job")]);
  await broker.close();
  const { byAction } = endpoint.requests();
  expect(byAction).toEqual({ GetQueueUrl: 1, GetQueueAttributes: 1, SendMessageBatch: 20 });
  expect(Object.keys(byAction).filter((action) => FORBIDDEN.includes(action))).toEqual([]);
});

it("a missing queue is told with its full name and region, and looked for again the next time [W21]", async () => {
  await using endpoint = await startSqsEndpoint();
  const broker = sqs({ ...atEndpoint(endpoint), region: "eu-west-1", prefix: "acme-" });
  await expect(broker.openQueue("mail")).rejects.toThrow(
    'sqs queue "acme-mail" does not exist in region eu-west-1 at ',
  );
  await endpoint.createQueue({ name: "acme-mail", region: "eu-west-1" });
  expect((await broker.openQueue("mail")).name).toBe("mail");
  await broker.close();
});

it("tries credentials again that may be too new, at the start only [W30]", async () => {
  await using endpoint = await startSqsEndpoint();
  await endpoint.createQueue({ name: QUEUE });
  endpoint.play({ kind: "refusal", refusal: REFUSALS.invalidToken, times: 2 });
  const broker = sqs(atEndpoint(endpoint));
  const queue = await broker.openQueue(QUEUE);
  endpoint.resetRequests();
  endpoint.play({ kind: "refusal", refusal: REFUSALS.invalidToken });
  const [sent] = await queue.send([letter("job")]);
  expect(sent?.status === "failed" && isJobsError(sent.error, "access_denied")).toBe(true);
  expect(endpoint.requests().total).toBe(1);
  await expect(broker.openQueue("other")).rejects.toMatchObject({ code: "access_denied" });
  expect(endpoint.requests().byAction.GetQueueUrl).toBe(3);
  await broker.close();
});

it("a producer needs no right but to find the queue and to send", async () => {
  await using endpoint = await startSqsEndpoint();
  await endpoint.createQueue({ name: QUEUE });
  endpoint.play({ kind: "refusal", refusal: REFUSALS.accessDenied, actions: ["GetQueueAttributes"] });
  const broker = sqs(atEndpoint(endpoint));
  const queue = await broker.openQueue(QUEUE);
  expect(await queue.send([letter("job")])).toMatchObject([{ status: "sent" }]);
  expect(endpoint.requests().byAction).toEqual({
    GetQueueUrl: 1,
    GetQueueAttributes: 1,
    SendMessageBatch: 1,
  });
  await broker.close();
});

it("a message is readable as it is: body, task and id, which stays over retry and redelivery [W28 W35]", async () => {
  await using world = await SqsWorld.open();
  await world.send(["job-1"]);
  const [entry] = world.entriesOf("SendMessageBatch");
  expect(entry).toMatchObject({
    MessageBody: '{"name":"job-1"}',
    DelaySeconds: 0,
    MessageAttributes: { "jobs-task": { StringValue: "tell" }, "jobs-id": { StringValue: "job-1" } },
  });
  const first = await world.takeOne();
  await world.consumer.settle([{ delivery: first, action: "retry", delayMs: 0, failed: true }]);
  const second = await world.takeOne();
  expect([second.body, second.messageId]).toEqual([first.body, first.messageId]);
  expect(second.receipt).not.toBe(first.receipt);
});

it("calls of one turn travel together, ten at a time; a lone one travels alone and at once", async () => {
  await using world = await SqsWorld.open();
  await Promise.all(Array.from({ length: 100 }, (_, index) => world.send([`job-${index}`])));
  expect(world.endpoint.requests().byAction).toEqual({ SendMessageBatch: 10 });
  const deliveries = (await Promise.all(Array.from({ length: 10 }, () => world.take()))).flat();
  await Promise.all(deliveries.map((delivery) => world.consumer.settle([{ delivery, action: "ack" }])));
  expect(world.endpoint.requests().byAction).toEqual({
    SendMessageBatch: 10,
    ReceiveMessage: 10,
    DeleteMessageBatch: 10,
  });
  world.endpoint.resetRequests();
  await world.send(["lone"]);
  expect(world.endpoint.requests().total).toBe(1);
});

it("splits a batch by bytes, and refuses a body that is too long before anything is sent", async () => {
  await using world = await SqsWorld.open();
  const body = JSON.stringify("x".repeat(400_000));
  await world.queue.send(["one", "two", "three"].map((id) => ({ ...letter(id), body })));
  // Both requests are under way at once, so either may arrive first.
  const perRequest = world.callsOf("SendMessageBatch").map(({ Entries }) => (Entries as unknown[]).length);
  expect(perRequest.toSorted()).toEqual([1, 2]);
  const max = world.queue.capabilities.maxMessageBytes;
  const [result] = await world.queue.send([{ ...letter("long"), body: "x".repeat(max + 1) }]);
  expect(result).toMatchObject({
    status: "failed",
    error: { code: "payload_too_large", bytes: max + 1, max },
  });
  expect(world.callsOf("SendMessageBatch")).toHaveLength(2);
});

it("reads the limit of a body from the queue, and leaves room for what a dead letter says", async () => {
  await using world = await SqsWorld.open({ queue: { attributes: { MaximumMessageSize: "65536" } } });
  expect(world.queue.capabilities.maxMessageBytes).toBe(65_536 - 4_096);
});

it("waits in long polls, shorter than a shutdown, for at most ten [T5 W31]", async () => {
  await using world = await SqsWorld.open();
  const waiting = world.take(100, 60_000);
  await world.send(["job"]);
  expect(await waiting).toHaveLength(1);
  expect(world.callsOf("ReceiveMessage")).toMatchObject([
    { MaxNumberOfMessages: 10, WaitTimeSeconds: 4, VisibilityTimeout: 30 },
  ]);
});

it("region, prefix, wait, lease and the limit for connecting go together, whatever each is set to [T5]", async () => {
  const calls: SqsCall[] = [];
  await using endpoint = await startSqsEndpoint({ onCall: (call) => void calls.push(call) });
  const knobs = { waitMs: 20_000, leaseMs: 20_000, startTimeoutMs: 1_000 };
  const options = { ...atEndpoint(endpoint), region: "us-west-2", prefix: "acme-" };
  const task = defineTask("work", {});
  const app = () => createApp({ tasks: [task], handlers: [handle(task, () => {})], broker: sqs(options) });

  await using early = app();
  await expect(early.worker(knobs).run()).rejects.toThrow(
    'sqs queue "acme-default" does not exist in region us-west-2 at ',
  );

  await endpoint.createQueue({ name: "acme-default", region: "us-west-2", dlq: "acme-dead" });
  calls.length = 0;
  await using late = app();
  const worker = late.worker({ ...knobs, ownsProcess: false, until: { type: "settled", jobs: 1 } });
  const running = worker.run();
  await late.enqueue(task, {});
  expect(await running).toMatchObject({ succeeded: 1 });
  expect(calls.find(({ action }) => action === "ReceiveMessage")?.body).toMatchObject({
    // See ADR 28: a poll is shorter than a shutdown.
    WaitTimeSeconds: 4,
    VisibilityTimeout: 20,
  });

  await endpoint.close();
  await using away = app();
  await expect(away.worker(knobs).run()).rejects.toMatchObject({ code: "broker_unavailable" });
});

it("a receive that is to wait for less than a long poll asks SQS for less [T5]", async () => {
  await using world = await SqsWorld.open();
  expect(await world.take(1, 1_000)).toEqual([]);
  expect(world.callsOf("ReceiveMessage")[0]).toMatchObject({ WaitTimeSeconds: 1 });
});

it("fair queues and FIFO queues are told the group; without one a job is its own [P14]", async () => {
  await using world = await SqsWorld.open();
  await world.send(["job"], { groupKey: "tenant-1" });
  await world.send(["spaced"], { groupKey: "a tenant with spaces" });
  expect(world.entriesOf("SendMessageBatch")).toMatchObject([
    { MessageGroupId: "tenant-1" },
    { MessageGroupId: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ]);
  await using fifo = await SqsWorld.open({ queue: { name: "orders.fifo", fifo: true } });
  await fifo.send(["job"], { groupKey: "tenant-1" });
  await fifo.send(["other"]);
  expect(fifo.entriesOf("SendMessageBatch")).toMatchObject([
    { MessageGroupId: "tenant-1", MessageDeduplicationId: "job" },
    { MessageGroupId: "other", MessageDeduplicationId: "other" },
  ]);
});

it("a retry hides the message for its delay; a snooze and a release go the same way [W14]", async () => {
  await using world = await SqsWorld.open();
  await world.send(["failed", "snoozed", "released"]);
  const [failed, snoozed, released] = await world.take();
  const results = await world.consumer.settle([
    { delivery: failed!, action: "retry", delayMs: 90_500, failed: true },
    { delivery: snoozed!, action: "retry", delayMs: 1, failed: false },
    { delivery: released!, action: "release" },
  ]);
  expect(results).toEqual(Array(3).fill({ status: "settled" }));
  expect(
    world.entriesOf("ChangeMessageVisibilityBatch").map(({ VisibilityTimeout }) => VisibilityTimeout),
  ).toEqual([91, 1, 0]);
  expect(world.callsOf("SendMessageBatch")).toHaveLength(1);
});

it("a retry of 12 hours is cut to what SQS allows since the receive", async () => {
  await using world = await SqsWorld.open();
  await world.send(["job"]);
  const delivery = await world.takeOne();
  const delayMs = world.consumer.capabilities.retryDelay.maxMs;
  expect(await world.consumer.settle([{ delivery, action: "retry", delayMs, failed: true }])).toEqual([
    { status: "settled" },
  ]);
  expect(world.entriesOf("ChangeMessageVisibilityBatch")).toMatchObject([{ VisibilityTimeout: 43_199 }]);
});
