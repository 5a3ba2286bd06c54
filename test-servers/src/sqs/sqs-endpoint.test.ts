import { describe, expect, it } from "vitest";
import { askSqs } from "./protocol/ask-sqs.ts";
import { startSqsEndpoint } from "./sqs-endpoint.ts";

describe("startSqsEndpoint", () => {
  it("stores, leases and deletes messages, and counts what it was asked", async () => {
    await using endpoint = await startSqsEndpoint();
    const { url: QueueUrl } = await endpoint.createQueue({ name: "q" });
    const { body } = await askSqs(endpoint.url, "GetQueueUrl", { QueueName: "q" });
    expect(body).toEqual({ QueueUrl });
    expect(QueueUrl).toBe(`${endpoint.url}/000000000000/q`);
    await askSqs(endpoint.url, "SendMessage", { QueueUrl, MessageBody: "hello" });
    const received = await askSqs(endpoint.url, "ReceiveMessage", { QueueUrl });
    const [message] = received.body.Messages as { Body: string; ReceiptHandle: string }[];
    expect(message?.Body).toBe("hello");
    await askSqs(endpoint.url, "DeleteMessage", { QueueUrl, ReceiptHandle: message?.ReceiptHandle });
    expect(endpoint.requests()).toEqual({
      byAction: { GetQueueUrl: 1, SendMessage: 1, ReceiveMessage: 1, DeleteMessage: 1 },
      total: 4,
      billed: 4,
    });
    endpoint.resetRequests();
    expect(endpoint.requests()).toEqual({ byAction: {}, total: 0, billed: 0 });
  });

  it("counts requests as they are billed: each started 64 KiB of what was sent or received is one", async () => {
    await using endpoint = await startSqsEndpoint();
    const { url: QueueUrl } = await endpoint.createQueue({ name: "q" });
    const MessageBody = "x".repeat(65_537);
    const Entries = [
      { Id: "1", MessageBody },
      { Id: "2", MessageBody },
    ];
    await askSqs(endpoint.url, "SendMessageBatch", { QueueUrl, Entries });
    expect(endpoint.requests()).toMatchObject({ total: 1, billed: 3 });
    await askSqs(endpoint.url, "ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10 });
    expect(endpoint.requests()).toMatchObject({ total: 2, billed: 6 });
  });

  it("has a queue of its own for each region", async () => {
    await using endpoint = await startSqsEndpoint();
    await endpoint.createQueue({ name: "q", region: "eu-west-1" });
    const missing = await askSqs(endpoint.url, "GetQueueUrl", { QueueName: "q" });
    expect(missing).toMatchObject({
      code: 400,
      queryError: "AWS.SimpleQueueService.NonExistentQueue;Sender",
    });
  });

  it("makes a dead-letter queue along with its queue, and moves messages there that were received too often", async () => {
    await using endpoint = await startSqsEndpoint();
    const spec = { name: "q", dlq: "q-dead", maxReceiveCount: 1, visibilityTimeout: 0 };
    const { url: QueueUrl } = await endpoint.createQueue(spec);
    await askSqs(endpoint.url, "SendMessage", { QueueUrl, MessageBody: "hello" });
    await askSqs(endpoint.url, "ReceiveMessage", { QueueUrl });
    expect((await askSqs(endpoint.url, "ReceiveMessage", { QueueUrl })).body).toEqual({});
    const dead = await askSqs(endpoint.url, "ReceiveMessage", { QueueUrl: `${QueueUrl}-dead` });
    expect(dead.body.Messages).toMatchObject([{ Body: "hello" }]);
  });

  it("lets requests under way together overtake each other, where it is told how late they may be", async () => {
    const arrived: unknown[] = [];
    await using endpoint = await startSqsEndpoint({
      jitterMs: 50,
      onCall: ({ body }) => void arrived.push(body.QueueName),
    });
    const names = Array.from({ length: 10 }, (_, index) => `q-${index}`);
    await Promise.all(names.map((QueueName) => askSqs(endpoint.url, "GetQueueUrl", { QueueName })));
    expect(arrived).not.toEqual(names);
    expect(arrived.toSorted()).toEqual(names);
  });

  it("does what was asked before an outage, without an answer, and is the same after it", async () => {
    let onReceive = () => {};
    const arrived = new Promise<void>((resolve) => {
      onReceive = resolve;
    });
    await using endpoint = await startSqsEndpoint({
      onCall: ({ action }) => (action === "ReceiveMessage" ? onReceive() : undefined),
    });
    const { url: QueueUrl } = await endpoint.createQueue({ name: "q" });
    const receive = () => askSqs(endpoint.url, "ReceiveMessage", { QueueUrl, WaitTimeSeconds: 20 });
    const poll = expect(receive()).rejects.toThrow(TypeError);
    await arrived;
    const outage = endpoint.beginOutage();
    await poll;
    await expect(receive()).rejects.toThrow(TypeError);
    outage[Symbol.dispose]();
    const lease = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    await askSqs(endpoint.url, "SendMessage", { QueueUrl, MessageBody: "for the poll that was cut" });
    const found = await askSqs(endpoint.url, "GetQueueAttributes", { QueueUrl, AttributeNames: lease });
    expect(found.body.Attributes).toEqual({
      ApproximateNumberOfMessages: "0",
      ApproximateNumberOfMessagesNotVisible: "1",
    });
  });

  it("cuts polls in flight when it ends", async () => {
    const endpoint = await startSqsEndpoint();
    const { url: QueueUrl } = await endpoint.createQueue({ name: "q" });
    const poll = askSqs(endpoint.url, "ReceiveMessage", { QueueUrl, WaitTimeSeconds: 20 });
    const cut = expect(poll).rejects.toThrow(TypeError);
    // Makes sure that the poll has arrived: the endpoint answers requests in order.
    await askSqs(endpoint.url, "GetQueueUrl", { QueueName: "q" });
    await endpoint.close();
    await cut;
  });
});
