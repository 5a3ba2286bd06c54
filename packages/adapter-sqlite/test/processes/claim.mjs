// Receives and acks until the queue is empty; says each id it was given.
import { broker, never, options, say } from "./options.mjs";

const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
say("open");
await new Promise((resolve) => process.stdin.once("data", resolve));
process.stdin.pause();
let settlements = [];
do {
  const { received } = await consumer.settleAndReceive(settlements, {
    max: options.max,
    waitMs: 0,
    signal: never,
  });
  for (const { messageId } of received) say(messageId);
  settlements = received.map((delivery) => ({ delivery, action: "ack" }));
} while (settlements.length > 0);
await broker.close();
