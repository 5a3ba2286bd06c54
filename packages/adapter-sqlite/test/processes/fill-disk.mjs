// On a small disk: fills it with jobs, then works all of them off, then sends again.
import assert from "node:assert/strict";
import { broker, never, say } from "./options.mjs";

const queue = await broker.openQueue("work");
const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
const body = "x".repeat(8_000);
let stored = 0;

async function sendSome() {
  const messages = Array.from({ length: 20 }, (_, index) => ({
    id: `job-${stored + index}`,
    label: "test",
    body,
  }));
  await queue.send(messages);
  stored += messages.length;
}

const refusal = await (async () => {
  for (;;) await sendSome();
})().catch((error) => error);
say(JSON.stringify({ code: refusal.code, retryable: refusal.retryable, message: refusal.message, stored }));

let acked = 0;
for (;;) {
  const received = await consumer.receive({ max: 10, waitMs: 0, signal: never });
  if (received.length === 0) break;
  const results = await consumer.settle(received.map((delivery) => ({ delivery, action: "ack" })));
  acked += results.filter(({ status }) => status === "settled").length;
  if (acked === 10)
    await assert.rejects(queue.send([{ id: "early", label: "test", body }]), { code: "broker_unavailable" });
}
say(JSON.stringify({ acked }));
