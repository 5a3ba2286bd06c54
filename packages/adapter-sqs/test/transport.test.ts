import { createHash } from "node:crypto";
import { isJobsError } from "@jobs/core";
import type { Broker, BrokerQueue } from "@jobs/core/broker";
import { REFUSALS } from "@jobs/test-servers";
import { describe, expect, it, vi } from "vitest";
import { type SqsOptions, sqs } from "../src/index.ts";
import { CREDENTIALS } from "./credentials.ts";
import { type Arrived, type Scripted, ScriptedSqs } from "./scripted-sqs.ts";
import { letter, SqsWorld } from "./sqs-world.ts";

/** The SDK numbers its requests; ours have no number. */
const SDK_ONLY = "amz-sdk-invocation-id";

/** A queue on a scripted SQS. */
class Scene implements AsyncDisposable {
  readonly sqs: ScriptedSqs;
  readonly broker: Broker;
  readonly queue: BrokerQueue;

  private constructor(server: ScriptedSqs, broker: Broker, queue: BrokerQueue) {
    this.sqs = server;
    this.broker = broker;
    this.queue = queue;
  }

  static async open(answer: (request: Arrived) => Scripted, options: SqsOptions = {}): Promise<Scene> {
    const server = await ScriptedSqs.start(answer);
    const place = { endpoint: server.url, region: "eu-west-1" };
    const broker = sqs({ ...place, ...options, client: { ...CREDENTIALS, ...options.client } });
    return new Scene(server, broker, await broker.openQueue("letters"));
  }

  get sends(): readonly Arrived[] {
    return this.sqs.of("SendMessageBatch");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker.close();
    await this.sqs[Symbol.asyncDispose]();
  }
}

/** Stores what is sent, as SQS says it. */
function stored({ body }: Arrived): Scripted {
  const entries = body.Entries as readonly { readonly Id: string; readonly MessageBody: string }[];
  const Successful = entries.map(({ Id, MessageBody }) => ({
    Id,
    MessageId: `message-${Id}`,
    MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
  }));
  return { body: { Successful } };
}

const HOUR_MS = 3_600_000;

/** Stores what is dated rightly by a clock that nobody has set. */
function dated(request: Arrived): Scripted {
  const now = new Date(performance.timeOrigin + performance.now());
  const headers = { date: now.toUTCString(), "x-amzn-query-error": "RequestExpired;Sender" };
  const stamp = String(request.headers["x-amz-date"]);
  const date = Date.parse(stamp.replace(/(....)(..)(..)T(..)(..)(..)Z/, "$1-$2-$3T$4:$5:$6Z"));
  const isRight = Math.abs(date - now.getTime()) < 300_000;
  return isRight ? stored(request) : { status: 403, headers, body: {} };
}

const EXPIRED: Scripted = {
  status: 400,
  headers: { "x-amzn-query-error": "ExpiredToken;Sender" },
  body: { __type: "com.amazonaws.sqs#ExpiredToken", message: "expired" },
};

describe("a request for messages", () => {
  it("goes past the SDK, signed for the day, the region and the token that the SDK has", async () => {
    const credentials = { ...CREDENTIALS.credentials, sessionToken: "lent" };
    await using scene = await Scene.open(stored, { client: { credentials } });
    expect(await scene.queue.send([letter("job")])).toMatchObject([
      { status: "sent", messageId: "message-0" },
    ]);
    const [lookedUp, sent] = [...scene.sqs.of("GetQueueUrl"), ...scene.sends];
    expect(lookedUp?.headers).toHaveProperty(SDK_ONLY);
    expect(sent?.headers).not.toHaveProperty(SDK_ONLY);
    expect(sent?.headers).toMatchObject({
      "user-agent": lookedUp?.headers["user-agent"],
      "x-amz-security-token": "lent",
      authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=AKIATEST\/\d{8}\/eu-west-1\/sqs\//),
    });
  });

  it("is refused once, and the SDK reads the answer as its own", async () => {
    await using scene = await Scene.open(() => EXPIRED);
    const [result] = await scene.queue.send([letter("job")]);
    expect(scene.sends).toHaveLength(1);
    const error = result?.status === "failed" ? result.error : undefined;
    expect(error?.code).toBe("access_denied");
    expect(error?.cause).toMatchObject({
      name: "ExpiredToken",
      $metadata: { httpStatusCode: 400, requestId: `request-${scene.sqs.arrived.length}`, attempts: 1 },
    });
  });

  it("is tried again by the SDK where the user has said how often", async () => {
    const refuseFirst = (request: Arrived): Scripted =>
      SDK_ONLY in request.headers ? stored(request) : { status: 503, body: {} };
    await using scene = await Scene.open(refuseFirst, { client: { maxAttempts: 3 } });
    expect(await scene.queue.send([letter("job")])).toMatchObject([{ status: "sent" }]);
    expect(scene.sends.map(({ headers }) => headers["amz-sdk-request"])).toEqual([
      undefined,
      "attempt=2; max=3",
    ]);
  });

  it("is dated by AWS's clock, which the SDK learns from a refusal", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    try {
      await using scene = await Scene.open(dated);
      vi.setSystemTime(Date.now() + HOUR_MS);
      expect(await scene.queue.send([letter("late")])).toMatchObject([{ status: "sent" }]);
      expect(await scene.queue.send([letter("right")])).toMatchObject([{ status: "sent" }]);
      expect(scene.sends).toHaveLength(3);
      for (const { headers } of scene.sends) expect(headers).not.toHaveProperty(SDK_ONLY);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is signed with credentials that were renewed", async () => {
    let renewed = 0;
    const credentials = async () => ({
      accessKeyId: `AKIA${++renewed}`,
      secretAccessKey: "not-a-secret",
      expiration: new Date(Date.now() + 1_000),
    });
    await using scene = await Scene.open(stored, { client: { credentials } });
    await scene.queue.send([letter("one")]);
    await scene.queue.send([letter("two")]);
    const used = scene.sends.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? "")?.[1]);
    expect(new Set(used).size).toBe(2);
  });

  it.each([
    ["another checksum", { body: { Successful: [{ Id: "0", MessageId: "m", MD5OfMessageBody: "0" }] } }],
    ["a page of a proxy", { body: "<html>" }],
    ["no object", { body: "7" }],
  ])("whose answer is %s may have been done, as the SDK has it", async (_, answer: Scripted) => {
    await using scene = await Scene.open(() => answer);
    await using other = await Scene.open(() => answer, { transport: "sdk" });
    const results = await Promise.all([scene, other].map(({ queue }) => queue.send([letter("job")])));
    expect(results[0]).toMatchObject(JSON.parse(JSON.stringify(results[1])));
    expect(scene.sends).toHaveLength(other.sends.length);
  });

  it("is not checked where the user wants none", async () => {
    const unchecked = () => ({ body: { Successful: [{ Id: "0", MessageId: "m" }] } });
    await using scene = await Scene.open(unchecked, {
      client: { md5: false } as SqsOptions["client"] & object,
    });
    expect(await scene.queue.send([letter("job")])).toMatchObject([{ status: "sent" }]);
    expect(scene.sends[0]?.headers).not.toHaveProperty(SDK_ONLY);
  });
});

describe.each(["direct", "sdk"] as const)("by transport %s", (transport) => {
  const open = (options: SqsOptions = {}) => SqsWorld.open({ broker: { transport, ...options } });

  it("what is sent arrives as it is, with any character, and is gone when it is settled", async () => {
    await using world = await open();
    const bodies = [
      '{"name":"größer \u{1f600}"}',
      JSON.stringify("\u2028\ud800 \u007f"),
      "x".repeat(200_000),
    ];
    await world.queue.send(bodies.map((body, index) => ({ ...letter(`job-${index}`), body })));
    const deliveries = await world.take();
    expect(deliveries.map(({ body }) => body).toSorted()).toEqual(bodies.toSorted());
    await world.consumer.settle(deliveries.map((delivery) => ({ delivery, action: "ack" })));
    expect((await world.queue.stats()).leased.n).toBe(0);
  });

  it("a dead letter keeps attributes of others, also those of bytes", async () => {
    await using world = await open();
    const bytes = Buffer.from([0, 255, 128, 7]);
    await world.sendForeign({ trace: { DataType: "Binary.trace", BinaryValue: bytes } });
    const delivery = await world.takeOne();
    await world.consumer.settle([{ delivery, action: "dead", reason: "fatal" }]);
    const [copy] = world.entriesOf("SendMessageBatch");
    expect(copy?.MessageAttributes).toMatchObject({ trace: { BinaryValue: bytes.toString("base64") } });
    expect(await world.queue.redrive({ limit: 1 })).toEqual({ moved: 1 });
    const attributes = world.entriesOf("SendMessageBatch").at(-1)?.MessageAttributes;
    expect(attributes).toMatchObject({ trace: { BinaryValue: bytes.toString("base64") } });
  });

  it("one request is one request, whatever is answered", async () => {
    await using world = await open();
    for (const refusal of [
      REFUSALS.throttling,
      REFUSALS.unavailable,
      REFUSALS.overLimit,
      REFUSALS.accessDenied,
    ]) {
      const fault = world.endpoint.play({ kind: "refusal", refusal, times: 1 });
      await world.take().catch((error: unknown) => expect(isJobsError(error)).toBe(true));
      expect(fault.met).toBe(1);
    }
    expect(world.callsOf("ReceiveMessage")).toHaveLength(4);
  });

  it("what may have been done is told from what was not [F25]", async () => {
    const world = await open();
    world.endpoint.play({ kind: "lost-answer", actions: ["SendMessageBatch"], times: 1 });
    expect(await world.queue.send([letter("lost")])).toMatchObject([{ error: { maybeSent: true } }]);
    expect(await world.take()).toHaveLength(1);
    await world.endpoint.close();
    await world.queue.send([letter("first")]);
    expect(await world.queue.send([letter("none")])).toMatchObject([
      { error: { code: "broker_unavailable", maybeSent: false, retryable: true } },
    ]);
    await world.broker.close();
  });
});
