// On a small disk: fills it with jobs, leaves no byte of it free, works all jobs off, frees space and sends again.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { broker, never, options, say } from "./options.mjs";

const queue = await broker.openQueue("work");
const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
const body = "x".repeat(8_000);
const filler = `${options.file}.filler`;
let stored = 0;

// Space that is freed in the end: as much as the ballast takes, and a little more.
writeFileSync(filler, Buffer.alloc(10 * 1024 * 1024, 1));

async function sendSome() {
  const messages = Array.from({ length: 20 }, (_, index) => ({
    id: `job-${stored + index}`,
    label: "test",
    body,
  }));
  await queue.send(messages);
  stored += messages.length;
}

/** Another program takes what is left. */
function leaveNothingFree() {
  try {
    for (;;) writeFileSync(filler, "x".repeat(4096), { flag: "a" });
  } catch (error) {
    if (error.code !== "ENOSPC") throw error;
  }
}

async function sendUntilRefused() {
  for (;;) await sendSome();
}

const describe = ({ code, retryable, message }) => ({ code, retryable, message });
const refusal = await sendUntilRefused().catch(describe);
leaveNothingFree();
const hadBallast = existsSync(`${options.file}-ballast`);
let acked = 0;
let secondRefusal;
for (;;) {
  const received = await consumer.receive({ max: 10, waitMs: 0, signal: never });
  if (received.length === 0) break;
  const results = await consumer.settle(received.map((delivery) => ({ delivery, action: "ack" })));
  acked += results.filter(({ status }) => status === "settled").length;
  secondRefusal ??= await queue.send([{ id: "early", label: "test", body }]).catch(describe);
}
const hasBallast = existsSync(`${options.file}-ballast`);
rmSync(filler);
await sendSome();
say(JSON.stringify({ refusal, secondRefusal, stored, acked, hadBallast, hasBallast }));
