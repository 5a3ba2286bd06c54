import { describe, expect, it } from "vitest";
import { askSqs } from "../protocol/ask-sqs.ts";
import { startSqsEndpoint } from "../sqs-endpoint.ts";

const NO_RECEIPT = "11111111-1111-1111-1111-111111111111";

/** An endpoint with one queue, and a way to ask it. */
async function withQueue(spec: { readonly fifo?: boolean; readonly dlq?: string } = {}) {
  const endpoint = await startSqsEndpoint();
  const { url: QueueUrl } = await endpoint.createQueue({
    name: spec.fifo === true ? "q.fifo" : "q",
    ...spec,
  });
  const ask = (action: string, body: Readonly<Record<string, unknown>> = {}) =>
    askSqs(endpoint.url, action, { QueueUrl, ...body });
  return { endpoint, ask, QueueUrl, [Symbol.asyncDispose]: () => endpoint.close() };
}

describe("the rules of AWS that the emulator lacks", () => {
  it.each([
    ["a delay above 900 s", "SendMessage", { MessageBody: "m", DelaySeconds: 901 }, "InvalidParameterValue"],
    [
      "more than ten attributes",
      "SendMessage",
      { MessageBody: "m", MessageAttributes: attributes(11) },
      "InvalidParameterValue",
    ],
    [
      "a group with a space",
      "SendMessage",
      { MessageBody: "m", MessageGroupId: "a b" },
      "InvalidParameterValue",
    ],
    ["a receipt that nobody gave", "DeleteMessage", { ReceiptHandle: "garbage" }, "ReceiptHandleIsInvalid"],
    [
      "a lease that is over",
      "ChangeMessageVisibility",
      { ReceiptHandle: NO_RECEIPT, VisibilityTimeout: 1 },
      "InvalidParameterValue",
    ],
    [
      "an entry with a strange id",
      "DeleteMessageBatch",
      { Entries: [{ Id: "a b", ReceiptHandle: NO_RECEIPT }] },
      "AWS.SimpleQueueService.InvalidBatchEntryId",
    ],
  ])("refuses %s", async (_, action, body, name) => {
    await using queue = await withQueue();
    expect(await queue.ask(action, body)).toMatchObject({ code: 400, queryError: `${name};Sender` });
  });

  it("refuses single entries of a batch and does the others", async () => {
    await using queue = await withQueue();
    const Entries = [
      { Id: "late", MessageBody: "m", DelaySeconds: 901 },
      { Id: "good", MessageBody: "m" },
    ];
    const { body } = await queue.ask("SendMessageBatch", { Entries });
    expect(body).toMatchObject({
      Successful: [{ Id: "good" }],
      Failed: [{ Id: "late", SenderFault: true, Code: "InvalidParameterValue" }],
    });
    const gone = [{ Id: "gone", ReceiptHandle: NO_RECEIPT, VisibilityTimeout: 1 }];
    expect((await queue.ask("ChangeMessageVisibilityBatch", { Entries: gone })).body.Failed).toMatchObject([
      {
        Id: "gone",
        Code: "InvalidParameterValue",
        Message: expect.stringContaining("not available for visibility"),
      },
    ]);
  });

  it("takes groups on a standard queue", async () => {
    await using queue = await withQueue();
    expect(await queue.ask("SendMessage", { MessageBody: "m", MessageGroupId: "tenant" })).toMatchObject({
      code: 200,
    });
  });

  it("refuses a redrive policy whose target is missing or of the other type", async () => {
    await using endpoint = await startSqsEndpoint();
    await endpoint.createQueue({ name: "dead.fifo", fifo: true });
    const policy = (target: string) => ({
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${target}`,
        maxReceiveCount: 5,
      }),
    });
    const missing = endpoint.createQueue({ name: "q", attributes: policy("nowhere") });
    await expect(missing).rejects.toThrow("Dead letter target does not exist");
    const other = endpoint.createQueue({ name: "q", attributes: policy("dead.fifo") });
    await expect(other).rejects.toThrow("same type of queue");
  });

  it("gives back no attribute that was not asked for, of a message and of a queue", async () => {
    await using queue = await withQueue();
    await queue.ask("SendMessage", { MessageBody: "m", MessageAttributes: attributes(1) });
    const [message] = (await queue.ask("ReceiveMessage")).body.Messages as object[];
    expect(Object.keys(message ?? {}).sort()).toEqual(["Body", "MD5OfBody", "MessageId", "ReceiptHandle"]);
    expect((await queue.ask("GetQueueAttributes")).body).toEqual({ Attributes: {} });
  });

  it("keeps characters beyond the basic plane, and refuses halves of them", async () => {
    await using queue = await withQueue();
    const text = "\u{1F600} \uE000 é";
    const sent = await queue.ask("SendMessage", { MessageBody: text });
    const [message] = (await queue.ask("ReceiveMessage")).body.Messages as {
      Body: string;
      MD5OfBody: string;
    }[];
    expect(message).toMatchObject({ Body: text, MD5OfBody: sent.body.MD5OfMessageBody });
    expect(await queue.ask("SendMessage", { MessageBody: "\uD800" })).toMatchObject({ code: 400 });
  });

  it("refuses a second purge within a minute", async () => {
    await using queue = await withQueue();
    expect(await queue.ask("PurgeQueue")).toMatchObject({ code: 200 });
    expect(await queue.ask("PurgeQueue")).toMatchObject({
      queryError: "AWS.SimpleQueueService.PurgeQueueInProgress;Sender",
    });
  });

  it("moves dead letters back as a whole", async () => {
    await using queue = await withQueue({ dlq: "q-dead" });
    const dead = { QueueUrl: `${queue.QueueUrl}-dead` };
    const SourceArn = "arn:aws:sqs:us-east-1:000000000000:q-dead";
    await queue.ask("SendMessage", { ...dead, MessageBody: "m", MessageAttributes: attributes(1) });
    expect((await queue.ask("ListDeadLetterSourceQueues", dead)).body).toEqual({
      queueUrls: [queue.QueueUrl],
    });
    expect((await queue.ask("StartMessageMoveTask", { SourceArn })).code).toBe(200);
    const moved = await queue.ask("ReceiveMessage", { WaitTimeSeconds: 5, MessageAttributeNames: ["All"] });
    expect(moved.body.Messages).toMatchObject([{ Body: "m", MessageAttributes: attributes(1) }]);
    await expect
      .poll(async () => (await queue.ask("ListMessageMoveTasks", { SourceArn })).body.Results)
      .toMatchObject([{ Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 1 }]);
    const notDead = { SourceArn: "arn:aws:sqs:us-east-1:000000000000:q" };
    expect(await queue.ask("StartMessageMoveTask", notDead)).toMatchObject({ code: 404 });
  });
});

function attributes(count: number) {
  const names = Array.from({ length: count }, (_, index) => `n${index}`);
  return Object.fromEntries(names.map((name) => [name, { DataType: "String", StringValue: "v" }]));
}
