import { REFUSALS } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { SqsLink } from "../src/client/sqs-link.ts";
import { moveAllLetters } from "../src/dead-letter/redrive-dead.ts";
import { CREDENTIALS } from "./credentials.ts";
import { atEndpoint, letter, QUEUE, SqsWorld, type WorldOptions } from "./sqs-world.ts";

const ERROR = { name: "TypeError", message: "no such user", stack: "TypeError: …", attempt: 5 };

async function deadLetter(world: SqsWorld, count = 1): Promise<void> {
  for (const delivery of await world.take(count)) {
    const settlement = { delivery, action: "dead", reason: "fatal", error: ERROR } as const;
    expect(await world.consumer.settle([settlement])).toEqual([{ status: "settled" }]);
  }
}

it("a dead letter is a copy with reason and error, stored before its original is deleted", async () => {
  await using world = await SqsWorld.open();
  await world.send(["job"]);
  await deadLetter(world);
  const [, copy] = world.entriesOf("SendMessageBatch");
  expect(copy).toMatchObject({
    MessageBody: '{"name":"job"}',
    MessageAttributes: {
      "jobs-id": { StringValue: "job" },
      "jobs-task": { StringValue: "tell" },
      "jobs-reason": { StringValue: "fatal" },
      "jobs-error": { StringValue: JSON.stringify({ ...ERROR }) },
    },
  });
  const order = world.calls.map(({ action, body }) => `${action} ${String(body.QueueUrl).split("/").at(-1)}`);
  expect(order.slice(-2)).toEqual([`SendMessageBatch ${QUEUE}-dead`, `DeleteMessageBatch ${QUEUE}`]);
});

it("a copy that cannot be stored leaves the job with its worker; one that is stored is not made again", async () => {
  await using world = await SqsWorld.open();
  await world.send(["job"]);
  const delivery = await world.takeOne();
  const settle = () => world.consumer.settle([{ delivery, action: "dead", reason: "fatal" }]);
  const refusal = { name: "InvalidParameterValue", message: "no", isSender: true };
  const copying = world.endpoint.play({ kind: "partial", actions: ["SendMessageBatch"], refusal });
  expect(await settle()).toMatchObject([{ status: "failed" }]);
  expect(await world.take()).toEqual([]);
  copying.end();
  const deleting = world.endpoint.play({ kind: "partial", actions: ["DeleteMessageBatch"] });
  expect(await settle()).toMatchObject([{ status: "failed", error: { retryable: true } }]);
  deleting.end();
  expect(await settle()).toEqual([{ status: "settled" }]);
  expect((await world.queue.peek({ state: "dead", limit: 10 })).messages).toHaveLength(1);
});

it("a job whose lease is gone does not rise as a dead letter [W15]", async () => {
  await using world = await SqsWorld.open();
  await world.send(["job"]);
  const delivery = await world.takeOne();
  await world.consumer.settle([{ delivery, action: "ack" }]);
  const late = await world.consumer.settle([{ delivery, action: "dead", reason: "fatal" }]);
  expect(late).toEqual([{ status: "lost" }]);
  expect(await world.consumer.extend([delivery], 30_000)).toEqual([{ status: "lost" }]);
  expect((await world.queue.stats()).dead.n).toBe(0);
});

it("an error is shortened to what fits beside the body", async () => {
  await using world = await SqsWorld.open();
  const body = JSON.stringify("x".repeat(world.queue.capabilities.maxMessageBytes - 2));
  await world.queue.send([{ id: "job", label: "tell", body }]);
  const delivery = await world.takeOne();
  const long = "é".repeat(8_000);
  const error = { name: "Error", message: long, stack: long };
  const settlement = { delivery, action: "dead", reason: "exhausted", error } as const;
  expect(await world.consumer.settle([settlement])).toEqual([{ status: "settled" }]);
  const [dead] = (await world.queue.peek({ state: "dead", limit: 1 })).messages;
  expect(dead?.dead?.error?.message).toMatch(/^é{200,}$/);
});

it("looking at dead letters takes none, finds one by the job's id, and tells those that SQS set aside", async () => {
  await using world = await SqsWorld.open({ queue: { maxReceiveCount: 1 } });
  await world.send(["one", "two"]);
  await deadLetter(world, 2);
  await world.send(["crashed"]);
  await world.consumer.settle([{ delivery: await world.takeOne(), action: "release" }]);
  expect(await world.take()).toEqual([]);
  for (let look = 0; look < 2; look++) {
    const { messages } = await world.queue.peek({ state: "dead", limit: 10 });
    expect(messages.map(({ body, dead }) => [body, dead?.reason])).toEqual(
      expect.arrayContaining([
        ['{"name":"one"}', "fatal"],
        ['{"name":"two"}', "fatal"],
        ['{"name":"crashed"}', "crash_loop"],
      ]),
    );
  }
  const { messages } = await world.queue.peek({ state: "dead", limit: 10, id: "two" });
  expect(messages.map(({ body }) => body)).toEqual(['{"name":"two"}']);
  await expect(world.queue.peek({ state: "ready", limit: 1 })).rejects.toMatchObject({ code: "unsupported" });
});

it("a redrive by the job's id starts its attempts anew, counts itself and forgets how it died", async () => {
  await using world = await SqsWorld.open();
  await world.send(["one", "two"]);
  await deadLetter(world, 2);
  expect(await world.queue.redrive({ limit: 10, ids: ["two"] })).toEqual({ moved: 1 });
  const delivery = await world.takeOne();
  expect(delivery).toMatchObject({ body: '{"name":"two"}', deliveryCount: 1 });
  const sent = world.entriesOf("SendMessageBatch").at(-1)?.MessageAttributes;
  expect(sent).toMatchObject({ "jobs-redrives": { StringValue: "1" }, "jobs-id": { StringValue: "two" } });
  expect(sent).not.toHaveProperty("jobs-reason");
  await world.consumer.settle([{ delivery, action: "dead", reason: "fatal" }]);
  const { messages } = await world.queue.peek({ state: "dead", limit: 10, id: "two" });
  expect(messages).toMatchObject([{ redrives: 1, messageId: delivery.messageId }]);
});

it("a FIFO queue takes a redriven job although it has seen its id minutes ago", async () => {
  await using world = await SqsWorld.open({ queue: { name: "orders.fifo", fifo: true } });
  await world.send(["job"], { groupKey: "tenant" });
  await deadLetter(world);
  expect(await world.queue.redrive({ limit: 10 })).toEqual({ moved: 1 });
  expect(world.entriesOf("SendMessageBatch").map(({ MessageGroupId }) => MessageGroupId)).toEqual([
    "tenant",
    "tenant",
    "tenant",
  ]);
  expect(await world.takeOne()).toMatchObject({ body: '{"name":"job"}', deliveryCount: 1 });
});

it("without a dead-letter queue nothing can be set aside, looked at or redriven", async () => {
  await using world = await SqsWorld.open({ queue: { dlq: undefined } as object });
  await world.send(["job"]);
  const delivery = await world.takeOne();
  const results = await world.consumer.settle([{ delivery, action: "dead", reason: "fatal" }]);
  expect(results).toMatchObject([{ status: "failed", error: { code: "unsupported" } }]);
  await expect(world.queue.redrive({ limit: 1 })).rejects.toMatchObject({ code: "unsupported" });
  await expect(world.queue.peek({ state: "dead", limit: 1 })).rejects.toMatchObject({ code: "unsupported" });
});

/** As SQS does it when there are many. */
async function moveAll(world: SqsWorld): Promise<void> {
  const link = new SqsLink(atEndpoint(world.endpoint));
  const arn = (queue: string) => `arn:aws:sqs:us-east-1:000000000000:${queue}`;
  const closed = new AbortController().signal;
  const move = { link, queue: QUEUE, from: arn(`${QUEUE}-dead`), to: arn(QUEUE), closed };
  expect(await moveAllLetters(move)).toBe(1);
  await link.close();
}

it("a redrive by SQS itself is counted when the job dies again, by a worker or for SQS's own reasons", async () => {
  await using world = await SqsWorld.open({ queue: { maxReceiveCount: 1 } });
  const letters = async () => (await world.queue.peek({ state: "dead", limit: 10 })).messages;
  await world.send(["job"]);
  await deadLetter(world);
  await moveAll(world);
  await deadLetter(world);
  expect(await letters()).toMatchObject([{ redrives: 1, dead: { reason: "fatal", error: ERROR } }]);
  await moveAll(world);
  await world.consumer.settle([{ delivery: await world.takeOne(), action: "release" }]);
  expect(await world.take()).toEqual([]);
  const [letter] = await letters();
  expect(letter).toMatchObject({ redrives: 2, dead: { reason: "crash_loop" } });
  expect(letter?.dead).not.toHaveProperty("error");
  expect(await world.queue.redrive({ limit: 1 })).toEqual({ moved: 1 });
  await deadLetter(world);
  expect(await letters()).toMatchObject([{ redrives: 3 }]);
});

describe("dead letters that do not come, or come again", () => {
  /** Dead letters, each sent as an earlier move may have left it. */
  async function withLetters(count: number, options: WorldOptions = {}): Promise<SqsWorld> {
    const world = await SqsWorld.open({ lookSeconds: 0, ...options });
    const box = await world.broker.openQueue(`${QUEUE}-dead`);
    await box.send(Array.from({ length: count }, (_, index) => letter(`job-${index}`)));
    return world;
  }

  it("an answer that was lost to a retry of the SDK hides its letters, and the redrive says how many", async () => {
    await using world = await withLetters(15, { broker: { client: { ...CREDENTIALS, maxAttempts: 3 } } });
    const lost = world.endpoint.play({ kind: "lost-answer", actions: ["ReceiveMessage"], times: 1 });
    const hidden = { n: 10, forMs: 60_000 };
    expect(await world.queue.redrive({ limit: 100 })).toEqual({ moved: 5, hidden });
    expect(lost.met).toBe(1);
    expect(await world.queue.peek({ state: "dead", limit: 100 })).toEqual({ messages: [], hidden });
    expect((await world.queue.stats()).dead.n).toBe(10);
  });

  it("letters that another look holds are told, also where one was named; a complete choice tells none", async () => {
    await using world = await withLetters(3);
    const other = await world.broker.openConsumer(`${QUEUE}-dead`, { leaseMs: 30_000 });
    const [held] = await other.receive({ max: 1, waitMs: 0, signal: new AbortController().signal });
    const id = held?.messageId ?? "";
    const hidden = { n: 1, forMs: 60_000 };
    expect(await world.queue.redrive({ limit: 1, ids: [id] })).toEqual({ moved: 0, hidden });
    expect(await world.queue.peek({ state: "dead", limit: 1, id })).toEqual({ messages: [], hidden });
    expect(await world.queue.redrive({ limit: 2 })).toEqual({ moved: 2 });
    expect(await world.queue.redrive({ limit: 2 })).toEqual({ moved: 0, hidden });
  });

  it("a delete that fails after the copy is repeated, so that no letter is moved twice", async () => {
    await using world = await withLetters(5);
    const failing = world.endpoint.play({ kind: "partial", actions: ["DeleteMessageBatch"], times: 5 });
    expect(await world.queue.redrive({ limit: 100 })).toEqual({ moved: 5 });
    expect(failing.met).toBe(5);
    expect(await world.queue.stats()).toMatchObject({ ready: { n: 5 }, dead: { n: 0 } });
  });

  it("a letter that comes twice in one redrive is moved once", async () => {
    await using world = await withLetters(5);
    const twice = world.endpoint.play({ kind: "duplicate" });
    expect(await world.queue.redrive({ limit: 100 })).toEqual({ moved: 5 });
    expect(twice.met).toBe(5);
    expect(await world.queue.stats()).toMatchObject({ ready: { n: 5 }, dead: { n: 0 } });
  });

  it("a letter that comes twice in one look is shown once", async () => {
    await using world = await withLetters(5);
    world.endpoint.play({ kind: "duplicate" });
    const { messages } = await world.queue.peek({ state: "dead", limit: 100 });
    expect(messages).toHaveLength(5);
  });
});

describe("many dead letters at once", () => {
  const LETTERS = 500;

  async function withLetters(): Promise<SqsWorld> {
    const world = await SqsWorld.open();
    const box = await world.broker.openQueue(`${QUEUE}-dead`);
    const letters = Array.from({ length: LETTERS }, (_, index) => letter(`job-${index}`));
    // Fifty requests take longer than a usual call may on a busy machine, and what is late is not sent.
    const results = await box.send(letters, { timeoutMs: 60_000 });
    expect(results.filter(({ status }) => status !== "sent")).toEqual([]);
    return world;
  }

  it("are moved by SQS itself, and one that another look holds is told", async () => {
    await using world = await withLetters();
    const other = await world.broker.openConsumer(`${QUEUE}-dead`, { leaseMs: 60_000 });
    expect(await other.receive({ max: 1, waitMs: 0, signal: new AbortController().signal })).toHaveLength(1);
    const hidden = { n: 1, forMs: 60_000 };
    expect(await world.queue.redrive({ limit: LETTERS })).toEqual({ moved: LETTERS - 1, hidden });
    expect(world.callsOf("StartMessageMoveTask")).toMatchObject([
      {
        SourceArn: expect.stringMatching(/:letters-dead$/),
        DestinationArn: expect.stringMatching(/:letters$/),
      },
    ]);
    expect(await world.queue.stats()).toMatchObject({ ready: { n: LETTERS - 1 }, dead: { n: 1 } });
  });

  it("are moved one by one where SQS does not, and where not all are meant", async () => {
    await using world = await withLetters();
    expect(await world.queue.redrive({ limit: 5 })).toEqual({ moved: 5 });
    expect(world.callsOf("StartMessageMoveTask")).toEqual([]);
    await world.send(Array.from({ length: 5 }, (_, index) => `more-${index}`));
    await deadLetter(world, 5);
    world.endpoint.play({
      kind: "refusal",
      refusal: REFUSALS.accessDenied,
      actions: ["StartMessageMoveTask"],
    });
    expect(await world.queue.redrive({ limit: Number.MAX_SAFE_INTEGER })).toEqual({ moved: LETTERS });
    expect(world.callsOf("StartMessageMoveTask")).toHaveLength(1);
  });
});
