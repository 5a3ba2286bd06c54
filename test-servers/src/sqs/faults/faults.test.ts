import { describe, expect, it } from "vitest";
import { askSqs } from "../protocol/ask-sqs.ts";
import { startSqsEndpoint } from "../sqs-endpoint.ts";
import type { SqsFault } from "./fault.ts";
import { REFUSALS } from "./fault-refusals.ts";

interface Message {
  readonly Body: string;
  readonly ReceiptHandle: string;
  readonly Attributes?: { readonly ApproximateReceiveCount: string };
}

/** An endpoint with one queue that holds messages "0", "1" …, and a fault that is played after these were sent. */
async function withFault(fault: SqsFault, { messages = 0, visibilityTimeout = 30 } = {}) {
  const endpoint = await startSqsEndpoint({ seed: 7 });
  const { url: QueueUrl } = await endpoint.createQueue({ name: "q", visibilityTimeout });
  const ask = (action: string, body: Readonly<Record<string, unknown>> = {}) =>
    askSqs(endpoint.url, action, { QueueUrl, ...body });
  for (let index = 0; index < messages; index++) await ask("SendMessage", { MessageBody: String(index) });
  const played = endpoint.play(fault);
  const receive = async (max = 10) => {
    const asked = { MaxNumberOfMessages: max, MessageSystemAttributeNames: ["ApproximateReceiveCount"] };
    return ((await ask("ReceiveMessage", asked)).body.Messages ?? []) as readonly Message[];
  };
  return { ask, receive, played, [Symbol.asyncDispose]: () => endpoint.close() };
}

describe("faults of the endpoint", () => {
  it("refuses requests as AWS does, only those it is aimed at and only so often", async () => {
    const fault: SqsFault = {
      kind: "refusal",
      refusal: REFUSALS.throttling,
      actions: ["SendMessage"],
      times: 1,
    };
    await using sqs = await withFault(fault);
    expect(await sqs.ask("ReceiveMessage")).toMatchObject({ code: 200 });
    expect(await sqs.ask("SendMessage", { MessageBody: "m" })).toEqual({
      code: 400,
      queryError: "Throttling;Sender",
      body: { __type: "com.amazon.coral.service#ThrottlingException", message: "Rate exceeded" },
    });
    expect(await sqs.ask("SendMessage", { MessageBody: "m" })).toMatchObject({ code: 200 });
    expect(sqs.played.met).toBe(1);
  });

  it("ends when it is told to", async () => {
    await using sqs = await withFault({ kind: "refusal", refusal: REFUSALS.invalidToken });
    expect(await sqs.ask("ReceiveMessage")).toMatchObject({
      code: 403,
      queryError: "InvalidClientTokenId;Sender",
    });
    sqs.played.end();
    expect(await sqs.ask("ReceiveMessage")).toMatchObject({ code: 200 });
  });

  it("refuses a share of the entries of batches and does the others", async () => {
    await using sqs = await withFault({ kind: "partial", share: 0.5 });
    const Entries = Array.from({ length: 10 }, (_, index) => ({
      Id: `e${index}`,
      MessageBody: String(index),
    }));
    const { body } = await sqs.ask("SendMessageBatch", { Entries });
    const failed = body.Failed as readonly { readonly Id: string }[];
    expect(failed.length).toBe(sqs.played.met);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed[0]).toMatchObject({ SenderFault: false, Code: "InternalError" });
    const stored = (await sqs.receive()).map(({ Body }) => `e${Body}`);
    expect([...stored, ...failed.map(({ Id }) => Id)].sort()).toEqual(Entries.map(({ Id }) => Id));
  });

  it("delivers a message twice at the same time; a delete by either receipt deletes it", async () => {
    await using sqs = await withFault({ kind: "duplicate", times: 1 }, { messages: 1 });
    const [first] = await sqs.receive();
    const [second] = await sqs.receive();
    expect(second).toMatchObject({ Body: "0", Attributes: { ApproximateReceiveCount: "2" } });
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
    const hide = { ReceiptHandle: second?.ReceiptHandle, VisibilityTimeout: 0 };
    expect(await sqs.ask("ChangeMessageVisibility", hide)).toMatchObject({ code: 200 });
    const Entries = [{ Id: "e", ...hide }];
    expect((await sqs.ask("ChangeMessageVisibilityBatch", { Entries })).body.Successful).toEqual([
      { Id: "e" },
    ]);
    await sqs.ask("DeleteMessageBatch", { Entries: [{ Id: "e", ReceiptHandle: second?.ReceiptHandle }] });
    const kept = await sqs.ask("ChangeMessageVisibility", {
      ReceiptHandle: first?.ReceiptHandle,
      VisibilityTimeout: 0,
    });
    expect(kept).toMatchObject({ code: 400 });
    expect(await sqs.receive()).toEqual([]);
  });

  it("never delivers more than was asked for, also when messages come twice", async () => {
    await using sqs = await withFault({ kind: "duplicate", times: 3 }, { messages: 4 });
    const sizes = [
      (await sqs.receive(3)).length,
      (await sqs.receive(2)).length,
      (await sqs.receive(3)).length,
    ];
    expect(sizes).toEqual([3, 2, 2]);
  });

  it("forgets a delete that it has confirmed", async () => {
    await using sqs = await withFault(
      { kind: "forgotten-delete", times: 1 },
      { messages: 1, visibilityTimeout: 0 },
    );
    const [message] = await sqs.receive();
    const Entries = [{ Id: "e", ReceiptHandle: message?.ReceiptHandle }];
    expect((await sqs.ask("DeleteMessageBatch", { Entries })).body).toEqual({ Successful: [{ Id: "e" }] });
    expect(await sqs.receive()).toMatchObject([{ Body: "0" }]);
  });

  it("reports more deliveries than there were", async () => {
    await using sqs = await withFault({ kind: "receive-count", by: 3 }, { messages: 1 });
    expect(await sqs.receive()).toMatchObject([{ Attributes: { ApproximateReceiveCount: "4" } }]);
  });

  it("does a request and cuts the connection before the answer", async () => {
    const fault: SqsFault = { kind: "lost-answer", actions: ["SendMessage"], times: 1 };
    await using sqs = await withFault(fault);
    await expect(sqs.ask("SendMessage", { MessageBody: "m" })).rejects.toThrow(TypeError);
    expect(await sqs.receive()).toMatchObject([{ Body: "m" }]);
  });

  it.each(["request", "answer"] as const)("holds back the %s", async (side) => {
    const fault: SqsFault = { kind: "delay", ms: 60, side, actions: ["SendMessage"] };
    await using sqs = await withFault(fault);
    const startedAt = performance.now();
    const send = sqs.ask("SendMessage", { MessageBody: "m" });
    const seen = await sqs.ask("ReceiveMessage", { WaitTimeSeconds: 5 });
    const seenAfterMs = performance.now() - startedAt;
    expect(seen.body.Messages).toMatchObject([{ Body: "m" }]);
    await send;
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(59);
    if (side === "request") expect(seenAfterMs).toBeGreaterThanOrEqual(59);
  });
});

describe("an endpoint that shuffles", () => {
  it("stores and delivers in another order, the same in every run of a seed", async () => {
    const orders = await Promise.all([orderOf("q"), orderOf("q"), orderOf("q.fifo")]);
    const sent = Array.from({ length: 10 }, (_, index) => String(index));
    expect(orders[0]).toEqual(orders[1]);
    expect(orders[0]).not.toEqual(sent);
    expect([...(orders[0] ?? [])].sort()).toEqual(sent);
    expect(orders[2]).toEqual(["0"]);
  });
});

async function orderOf(name: string): Promise<readonly string[]> {
  await using endpoint = await startSqsEndpoint({ isShuffled: true });
  const { url: QueueUrl } = await endpoint.createQueue({ name });
  const Entries = Array.from({ length: 10 }, (_, index) => ({
    Id: `e${index}`,
    MessageBody: String(index),
    ...(name.endsWith(".fifo") ? { MessageGroupId: "g", MessageDeduplicationId: String(index) } : {}),
  }));
  await askSqs(endpoint.url, "SendMessageBatch", { QueueUrl, Entries });
  const { body } = await askSqs(endpoint.url, "ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10 });
  return (body.Messages as readonly Message[]).map(({ Body }) => Body);
}
