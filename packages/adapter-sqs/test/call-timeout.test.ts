import { createHash } from "node:crypto";
import { startStopwatch } from "@jobs/core/testing";
import { expect, it } from "vitest";
import { sqs } from "../src/index.ts";
import { CREDENTIALS } from "./credentials.ts";
import { type Scripted, ScriptedSqs } from "./scripted-sqs.ts";

const NEVER = new AbortController().signal;
const MESSAGE = {
  MessageId: "1",
  ReceiptHandle: "r",
  Body: "{}",
  MD5OfBody: createHash("md5").update("{}").digest("hex"),
  Attributes: { ApproximateReceiveCount: "1" },
};
const NO_ANSWER = new Promise<Scripted>(() => {});

it("a send, a settle and an extend end within the time that they are given", async () => {
  await using server = await ScriptedSqs.start(({ action }) =>
    action === "ReceiveMessage" ? { body: { Messages: [MESSAGE] } } : NO_ANSWER,
  );
  const broker = sqs({ endpoint: server.url, region: "us-east-1", client: CREDENTIALS });
  const queue = await broker.openQueue("q");
  const consumer = await broker.openConsumer("q", { leaseMs: 30_000 });
  const [delivery] = await consumer.receive({ max: 1, waitMs: 0, signal: NEVER });
  const options = { timeoutMs: 300 };
  const elapsedMs = startStopwatch();
  const sent = await queue.send([{ id: "late", label: "late", body: "{}" }], options);
  const extended = await consumer.extend([delivery!], 30_000, options);
  const settled = await consumer.settle([{ delivery: delivery!, action: "ack" }], options);
  expect(elapsedMs()).toBeLessThan(3_000);
  const late = { status: "failed", error: { code: "broker_unavailable" } };
  expect([...sent, ...extended, ...settled]).toMatchObject([late, late, late]);
  await Promise.all([broker.close(), server[Symbol.asyncDispose]()]);
});
