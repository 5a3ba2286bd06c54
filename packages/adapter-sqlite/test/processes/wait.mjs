// Waits for one message and says how long that took in all.
import { startStopwatch } from "@jobs/core/testing";
import { broker, never, options, say } from "./options.mjs";

const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
const elapsedMs = startStopwatch();
const receiving = consumer.receive({ max: 1, waitMs: options.waitMs, signal: never });
say("waiting");
const received = await receiving;
say(JSON.stringify({ ids: received.map(({ messageId }) => messageId), ms: elapsedMs() }));
await broker.close();
