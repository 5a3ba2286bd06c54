// On a small disk: stores jobs, fills the disk and tries to store more. Then runs all jobs, frees space and stores
// again.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { loadDriver } from "../../dist/driver/sqlite-driver.js";
import { broker, never, options, say } from "./options.mjs";

const queue = await broker.openQueue("work");
const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
const filler = `${options.file}.filler`;
const body = "x".repeat(8_000);

/** Resolves with the error when the send is refused. */
async function send(name, count) {
  const messages = Array.from({ length: count }, (_, index) => ({
    id: `${name}-${index}`,
    label: "test",
    body,
  }));
  return queue.send(messages).then(
    () => null,
    ({ code, retryable, message }) => ({ code, retryable, message }),
  );
}

/** So that the log has no reserved space from earlier writes. */
async function emptyWriteAheadLog() {
  const connection = new (loadDriver())(options.file);
  connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
  connection.close();
}

function leaveNothingFree() {
  try {
    for (;;) writeFileSync(filler, "x".repeat(4096), { flag: "a" });
  } catch (error) {
    if (error.code !== "ENOSPC") throw error;
  }
}

async function workOff() {
  let acked = 0;
  let refusal;
  for (;;) {
    const received = await consumer.receive({ max: 10, waitMs: 0, signal: never });
    if (received.length === 0) return { acked, refusal };
    const results = await consumer.settle(received.map((delivery) => ({ delivery, action: "ack" })));
    acked += results.filter(({ status }) => status === "settled").length;
    refusal ??= await send("meanwhile", 1);
  }
}

const before = await send("job", 1_000);
await emptyWriteAheadLog();
leaveNothingFree();
const whenFull = await send("more", 1);
const { acked, refusal: meanwhile } = await workOff();
const hasBallast = existsSync(`${options.file}-reserve`);
rmSync(filler);
const afterwards = await send("later", 20);
say(JSON.stringify({ before, whenFull, acked, meanwhile, hasBallast, afterwards }));
