import { type Message, SQS } from "@aws-sdk/client-sqs";
import { type App, createApp, defineTask, handle, RetryLater } from "@jobs/core";
import { expect, it } from "vitest";
import { sqs } from "../src/index.ts";
import { type LambdaEvent, type LambdaRecord, lambdaHandler } from "../src/lambda/lambda-handler.ts";
import { CREDENTIALS } from "./credentials.ts";
import { atEndpoint, SqsWorld } from "./sqs-world.ts";

const work = defineTask("work", { n: "integer" }, { onMismatch: "dead", maxAttempts: 3, backoff: 60_000 });
const step = defineTask("step", { group: "string", n: "integer" }, { queue: "steps.fifo", backoff: 60_000 });

/** Far from its end. */
const CONTEXT = { getRemainingTimeInMillis: () => 30_000 };

/** A queue as Lambda's poller sees it. */
class Poller implements AsyncDisposable {
  readonly #client: SQS;
  readonly #queue: string;
  readonly #visibilitySeconds: number;

  constructor(world: SqsWorld, visibilitySeconds = 600) {
    this.#client = new SQS({ ...CREDENTIALS, endpoint: world.endpoint.url, region: "us-east-1" });
    this.#queue = world.queue.name;
    this.#visibilitySeconds = visibilitySeconds;
  }

  /** Receives all messages in one event. */
  async event(): Promise<LambdaEvent> {
    const { QueueUrl } = await this.#client.getQueueUrl({ QueueName: this.#queue });
    const { Messages = [] } = await this.#client.receiveMessage({
      QueueUrl,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: this.#visibilitySeconds,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["All"],
    });
    return { Records: Messages.map((message) => recordOf(message, this.#queue)) };
  }

  /** What Lambda does with an answer: it deletes all but the named messages. */
  async deleteAllBut(event: LambdaEvent, failures: readonly { readonly itemIdentifier: string }[]) {
    const { QueueUrl } = await this.#client.getQueueUrl({ QueueName: this.#queue });
    const kept = new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
    for (const { messageId, receiptHandle } of event.Records) {
      if (!kept.has(messageId)) await this.#client.deleteMessage({ QueueUrl, ReceiptHandle: receiptHandle });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy();
  }
}

function recordOf(message: Message, queue: string): LambdaRecord {
  const attributes = Object.entries(message.MessageAttributes ?? {});
  return {
    messageId: message.MessageId ?? "",
    receiptHandle: message.ReceiptHandle ?? "",
    body: message.Body ?? "",
    attributes: message.Attributes as LambdaRecord["attributes"] & Message["Attributes"],
    messageAttributes: Object.fromEntries(
      attributes.map(([name, { DataType = "", StringValue }]) => [
        name,
        { dataType: DataType, stringValue: StringValue },
      ]),
    ),
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
  };
}

/** The jobs of the records that an answer names, by their parameter `n`. */
function named(event: LambdaEvent, failures: readonly { readonly itemIdentifier: string }[]): unknown[] {
  const ids = new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
  return event.Records.filter(({ messageId }) => ids.has(messageId)).map(({ body }) => numberOf(body));
}

function numberOf(body: string): unknown {
  return (JSON.parse(body) as { readonly params: { readonly n: unknown } }).params.n;
}

function groupOf(body: string): string {
  return (JSON.parse(body) as { readonly params: { readonly group: string } }).params.group;
}

function inOrder(records: readonly LambdaRecord[]): readonly LambdaRecord[] {
  return records.toSorted((one, other) => Number(numberOf(one.body)) - Number(numberOf(other.body)));
}

function inGroup(record: LambdaRecord): LambdaRecord {
  return { ...record, attributes: { ...record.attributes, MessageGroupId: groupOf(record.body) } };
}

function appAt(world: SqsWorld, run: (n: number) => unknown): App {
  return createApp({
    broker: sqs(atEndpoint(world.endpoint)),
    tasks: [work],
    handlers: [handle(work, async ({ n }) => void (await run(n)))],
  });
}

it("runs an event as a worker does, and names the records that come back", async () => {
  await using world = await SqsWorld.open({ queue: { name: "default" } });
  await using poller = new Poller(world);
  const seen: number[] = [];
  await using app = appAt(world, (n) => {
    seen.push(n);
    if (n === 2) throw new Error("the first time fails");
    if (n === 3) throw new RetryLater(120_000);
  });
  await app.enqueueMany([1, 2, 3].map((n) => [work, { n }] as const));
  const envelope = { v: 1, id: "x", sig: "n", enqueuedAt: "2026-01-01T00:00:00.000Z" };
  const unknown = JSON.stringify({ ...envelope, task: "newer_release", params: { n: 4 } });
  const mismatch = JSON.stringify({ ...envelope, task: "work", params: { n: 5, more: 1 } });
  await world.queue.send([
    { id: "4", label: "newer_release", body: unknown },
    { id: "5", label: "work", body: mismatch },
    { id: "6", label: "work", body: "{no json" },
  ]);
  const event = await poller.event();
  const answer = await lambdaHandler(app)(event, CONTEXT);
  expect(seen.sort()).toEqual([1, 2, 3]);
  expect(named(event, answer.batchItemFailures).sort()).toEqual([2, 3, 4]);
  await poller.deleteAllBut(event, answer.batchItemFailures);
  expect(await world.queue.stats()).toMatchObject({ ready: { n: 0 }, leased: { n: 3 }, dead: { n: 2 } });
  const { messages } = await world.queue.peek({ state: "dead", limit: 10 });
  expect(messages.map(({ dead }) => dead?.reason).sort()).toEqual(["signature_mismatch", "undecodable"]);
  const waits = world
    .entriesOf("ChangeMessageVisibilityBatch")
    .map(({ VisibilityTimeout }) => VisibilityTimeout);
  expect(waits).toContain(120);
});

it("a failure is retried by the task's own delay, and its last attempt is a dead letter with the error", async () => {
  await using world = await SqsWorld.open({ queue: { name: "default" } });
  await using poller = new Poller(world);
  const brief = defineTask("brief", {}, { maxAttempts: 2, backoff: 1_000 });
  await using app = createApp({
    broker: sqs(atEndpoint(world.endpoint)),
    tasks: [brief],
    handlers: [
      handle(brief, (_, ctx) => {
        throw new Error(`attempt ${ctx.attempt}`);
      }),
    ],
  });
  await app.enqueue(brief, {});
  const handler = lambdaHandler(app);
  const first = await poller.event();
  expect((await handler(first, CONTEXT)).batchItemFailures).toHaveLength(1);
  const second: LambdaRecord[] = [];
  await expect.poll(async () => second.push(...(await poller.event()).Records), { timeout: 20_000 }).toBe(1);
  expect((await handler({ Records: second }, CONTEXT)).batchItemFailures).toEqual([]);
  const { messages } = await world.queue.peek({ state: "dead", limit: 10 });
  expect(messages.map(({ dead }) => [dead?.reason, dead?.error?.message])).toEqual([
    ["exhausted", "attempt 2"],
  ]);
  expect(await world.queue.stats()).toMatchObject({ ready: { n: 0 }, leased: { n: 0 } });
});

it("on a FIFO queue what is behind a failure of its group comes back unrun, and other groups go on", async () => {
  await using world = await SqsWorld.open({ queue: { name: "steps.fifo", fifo: true } });
  await using poller = new Poller(world);
  const seen: string[] = [];
  await using app = createApp({
    broker: sqs(atEndpoint(world.endpoint)),
    tasks: [step],
    handlers: [
      handle(step, ({ group, n }) => {
        seen.push(`${group}${n}`);
        if (group === "red" && n === 2) throw new Error("the first time fails");
      }),
    ],
  });
  const jobs = ["red", "blue"].flatMap((group) => [1, 2, 3, 4].map((n) => ({ group, n })));
  // The endpoint gives only the first of a group, and SQS gives several. So each job is stored in a group of its own.
  for (const job of jobs) await app.enqueue(step, job, { groupKey: `${job.group}${job.n}` });
  const { Records } = await poller.event();
  const event = { Records: inOrder(Records).map(inGroup) };
  expect(event.Records).toHaveLength(8);
  const answer = await lambdaHandler(app)(event, CONTEXT);
  expect(seen.filter((one) => one.startsWith("red"))).toEqual(["red1", "red2"]);
  expect(seen.filter((one) => one.startsWith("blue"))).toEqual(["blue1", "blue2", "blue3", "blue4"]);
  expect(named(event, answer.batchItemFailures)).toEqual([2, 3, 4]);
  await poller.deleteAllBut(event, answer.batchItemFailures);
  // The two behind it are given back: SQS keeps them behind the retry.
  const given = world
    .entriesOf("ChangeMessageVisibilityBatch")
    .filter((entry) => entry.VisibilityTimeout === 0);
  expect(given).toHaveLength(2);
});

it("near the end of the invocation it starts no more jobs, aborts those that run, and all of them come back", async () => {
  await using world = await SqsWorld.open({ queue: { name: "default" } });
  await using poller = new Poller(world);
  const seen: number[] = [];
  await using app = createApp({
    broker: sqs(atEndpoint(world.endpoint)),
    tasks: [work],
    handlers: [
      handle(work, async ({ n }, ctx) => {
        seen.push(n);
        await new Promise((_, reject) => {
          ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason), { once: true });
        });
      }),
    ],
    worker: { concurrency: 1 },
  });
  await app.enqueueMany([1, 2, 3].map((n) => [work, { n }] as const));
  const event = await poller.event();
  const answer = await lambdaHandler(app)(event, { getRemainingTimeInMillis: () => 1_000 });
  expect(seen).toHaveLength(1);
  expect(named(event, answer.batchItemFailures).sort()).toEqual([1, 2, 3]);
  // Another invocation can take them at once: none waits for the visibility timeout.
  expect(await world.queue.stats()).toMatchObject({ ready: { n: 3 }, leased: { n: 0 } });
});

it("a message that is not due yet is sent on, and one that was done here before is only deleted", async () => {
  await using world = await SqsWorld.open({ queue: { name: "default" }, maxDelaySeconds: 1 });
  await using poller = new Poller(world, 1);
  const seen: number[] = [];
  await using app = appAt(world, (n) => seen.push(n));
  const handler = lambdaHandler(app);
  await app.enqueue(work, { n: 1 });
  const event = await poller.event();
  const [record] = event.Records;
  if (record === undefined) throw new Error("nothing was received");
  expect(await handler(event, CONTEXT)).toEqual({ batchItemFailures: [] });
  expect(await handler(event, CONTEXT)).toEqual({ batchItemFailures: [] });
  expect(seen).toEqual([1]);
  const dueIn = { dataType: "Number", stringValue: "7200000" };
  const early = { ...record, messageId: "early", messageAttributes: { "jobs-due-in-ms": dueIn } };
  expect(await handler({ Records: [early] }, CONTEXT)).toEqual({ batchItemFailures: [] });
  expect(seen).toEqual([1]);
  expect(await world.queue.stats()).toMatchObject({ ready: { n: 0 }, delayed: { n: 1 } });
});

it("a bundle is taken apart: its jobs come in later events, and it does not come back", async () => {
  await using world = await SqsWorld.open({ queue: { name: "default" }, broker: { jobsPerMessage: 10 } });
  await using poller = new Poller(world);
  const seen: number[] = [];
  await using app = appAt(world, (n) => seen.push(n));
  const sender = createApp({ broker: world.broker, tasks: [work] });
  await sender.enqueueMany([1, 2, 3].map((n) => [work, { n }] as const));
  const handler = lambdaHandler(app);
  expect(await handler(await poller.event(), CONTEXT)).toEqual({ batchItemFailures: [] });
  expect(seen).toEqual([]);
  expect(await handler(await poller.event(), CONTEXT)).toEqual({ batchItemFailures: [] });
  expect(seen.sort()).toEqual([1, 2, 3]);
  expect(await world.queue.stats()).toMatchObject({ ready: { n: 0 }, leased: { n: 0 }, dead: { n: 0 } });
});

it("a record without its lease is not run, and comes back", async () => {
  await using world = await SqsWorld.open({ queue: { name: "default" } });
  await using poller = new Poller(world);
  const seen: number[] = [];
  await using app = appAt(world, (n) => seen.push(n));
  await app.enqueueMany([1, 2].map((n) => [work, { n }] as const));
  const event = await poller.event();
  const Records = event.Records.map((record) =>
    numberOf(record.body) === 2 ? { ...record, receiptHandle: "of-somebody-else" } : record,
  );
  const answer = await lambdaHandler(app)({ Records }, CONTEXT);
  expect(seen).toEqual([1]);
  expect(named(event, answer.batchItemFailures)).toEqual([2]);
});

it("refuses what it cannot run, so that Lambda keeps all messages", async () => {
  await using world = await SqsWorld.open({ queue: { name: "default" } });
  await using poller = new Poller(world);
  await using app = appAt(world, () => {});
  await app.enqueue(work, { n: 1 });
  const event = await poller.event();
  const other = {
    Records: event.Records.map((record) => ({ ...record, eventSourceARN: "arn:aws:sqs:r:1:other" })),
  };
  await expect(lambdaHandler(app)(other, CONTEXT)).rejects.toThrow(
    'queue "other", which no task of the app uses',
  );
  await expect(lambdaHandler(app)({ Records: [{}] } as never, CONTEXT)).rejects.toThrow("not one of SQS");
  const bare = createApp({ tasks: [work] });
  await expect(lambdaHandler(bare)(event, CONTEXT)).rejects.toThrow("its broker is none");
  expect(await lambdaHandler(app)({ Records: [] }, CONTEXT)).toEqual({ batchItemFailures: [] });
});
