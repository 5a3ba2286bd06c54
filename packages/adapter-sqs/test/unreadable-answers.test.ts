import type { Broker } from "@jobs/core/broker";
import { describe, expect, it } from "vitest";
import { type SqsOptions, sqs } from "../src/index.ts";
import { CREDENTIALS } from "./credentials.ts";
import { type Arrived, type Scripted, ScriptedSqs } from "./scripted-sqs.ts";
import { letter } from "./sqs-world.ts";

const TRANSPORTS = ["direct", "sdk"] as const;

const NEVER = new AbortController().signal;

/** Answers with status 200 that SQS does not give, whatever is asked. */
const NO_ANSWERS: Readonly<Record<string, string>> = {
  "an empty body": "",
  "white space": " \n",
  "a page of a proxy": "<html><body>Please log in</body></html>",
  "JSON that is cut off": '{"Messages":[{"MessageId":"1"',
  null: "null",
  "a list": "[]",
  "a text": '"ok"',
  "a number": "200",
};

/** Answers to a receive that are JSON, and tell of no queue. */
const NO_RECEIVES: Readonly<Record<string, object>> = {
  "an object of something else": { message: "ok" },
  "messages that are no list": { Messages: { MessageId: "1" } },
  "a message without anything": { Messages: [{}] },
  "a message without a receipt": { Messages: [{ MessageId: "1", Body: "{}" }] },
  "a message without an id": { Messages: [{ ReceiptHandle: "r", Body: "{}" }] },
  "a message without a body": { Messages: [{ MessageId: "1", ReceiptHandle: "r" }] },
  "a message that is null": { Messages: [null] },
};

/** A broker on a server that answers by a script. */
class Scene implements AsyncDisposable {
  readonly sqs: ScriptedSqs;
  readonly broker: Broker;

  private constructor(server: ScriptedSqs, broker: Broker) {
    this.sqs = server;
    this.broker = broker;
  }

  static async open(answer: (request: Arrived) => Scripted, options: SqsOptions = {}): Promise<Scene> {
    const server = await ScriptedSqs.start(answer);
    const place = { endpoint: server.url, region: "eu-west-1", client: CREDENTIALS };
    return new Scene(server, sqs({ ...place, ...options }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker.close();
    await this.sqs[Symbol.asyncDispose]();
  }
}

const UNREADABLE = {
  code: "broker_unavailable",
  retryable: true,
  message: expect.stringContaining("cannot be read"),
};

describe.each(TRANSPORTS)(
  "what cannot be read is an error, never nothing, by the %s transport",
  (transport) => {
    const open = (body: unknown) => Scene.open(() => ({ body }), { transport });

    it.each([...Object.entries(NO_ANSWERS), ...Object.entries(NO_RECEIVES)])(
      "a receive that is answered with %s is no empty queue",
      async (_, body) => {
        await using scene = await open(body);
        const consumer = await scene.broker.openConsumer("letters", { leaseMs: 30_000 });
        await expect(consumer.receive({ max: 10, waitMs: 0, signal: NEVER })).rejects.toMatchObject(
          UNREADABLE,
        );
        expect(scene.sqs.of("ReceiveMessage")).toHaveLength(1);
      },
    );

    it.each(Object.entries(NO_ANSWERS))(
      "a send that is answered with %s may have arrived",
      async (_, body) => {
        await using scene = await open(body);
        const queue = await scene.broker.openQueue("letters");
        expect(await queue.send([letter("job")])).toMatchObject([
          { status: "failed", error: { ...UNREADABLE, maybeSent: true } },
        ]);
        expect(scene.sqs.of("SendMessageBatch")).toHaveLength(1);
      },
    );

    it.each([
      ["entries that are no list", { Successful: { Id: "0", MessageId: "1" } }],
      ["an entry without an id of its message", { Successful: [{ Id: "0" }] }],
      ["failures that are no list", { Failed: "all" }],
    ])("a send that is answered with %s may have arrived", async (_, body) => {
      await using scene = await open(body);
      const queue = await scene.broker.openQueue("letters");
      expect(await queue.send([letter("job")])).toMatchObject([
        { status: "failed", error: { ...UNREADABLE, maybeSent: true } },
      ]);
    });

    it.each(Object.entries(NO_ANSWERS))(
      "neither an ack, a release nor a heartbeat is done by %s",
      async (_, body) => {
        const Messages = [
          { MessageId: "1", ReceiptHandle: "r", Body: "{}", MD5OfBody: "99914b932bd37a50b983c5e7c90ae93b" },
        ];
        await using scene = await Scene.open(
          ({ action }) => ({ body: action === "ReceiveMessage" ? { Messages } : body }),
          { transport },
        );
        const consumer = await scene.broker.openConsumer("letters", { leaseMs: 30_000 });
        const [delivery] = await consumer.receive({ max: 1, waitMs: 0, signal: NEVER });
        if (delivery === undefined) throw new Error("nothing was received");
        expect(await consumer.extend([delivery], 30_000)).toMatchObject([
          { status: "failed", error: UNREADABLE },
        ]);
        expect(await consumer.settle([{ delivery, action: "release" }])).toMatchObject([
          { status: "failed", error: UNREADABLE },
        ]);
        expect(await consumer.settle([{ delivery, action: "ack" }])).toMatchObject([
          { status: "failed", error: UNREADABLE },
        ]);
      },
    );
  },
);

describe("what cannot be read of a queue", () => {
  it.each([
    ["no address", { QueueUrl: "" }, undefined],
    ["no attributes", undefined, {}],
    ["a redrive policy that is cut off", undefined, { Attributes: { RedrivePolicy: '{"deadLetter' } }],
    ["a limit that is no number", undefined, { Attributes: { MaximumMessageSize: "large" } }],
  ])("keeps it from being opened: %s", async (_, address, attributes) => {
    await using scene = await Scene.open(() => ({}));
    scene.sqs.lookups = { GetQueueUrl: address, GetQueueAttributes: attributes };
    await expect(scene.broker.openQueue("letters")).rejects.toMatchObject(UNREADABLE);
  });

  it("is no count of 0", async () => {
    await using scene = await Scene.open(() => ({}));
    const queue = await scene.broker.openQueue("letters");
    await expect(queue.stats()).rejects.toMatchObject(UNREADABLE);
  });
});

describe("an endpoint that answers without waiting [F24]", () => {
  it.each(TRANSPORTS)("is asked a few times a second, not as fast as it answers (%s)", async (transport) => {
    await using scene = await Scene.open(() => ({ body: {} }), { transport });
    const consumer = await scene.broker.openConsumer("letters", { leaseMs: 30_000 });
    expect(await consumer.receive({ max: 10, waitMs: 1_500, signal: NEVER })).toEqual([]);
    // Pauses of 50, 100, 200, 400 and 800 ms.
    expect(scene.sqs.of("ReceiveMessage").length).toBeLessThanOrEqual(7);
  });
});
