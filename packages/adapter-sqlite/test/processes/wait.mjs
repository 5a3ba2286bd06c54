// Waits for one message and says how long that took in all.
import { broker, never, options, say } from "./options.mjs";

const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
const startedAt = performance.now();
const receiving = consumer.receive({ max: 1, waitMs: options.waitMs, signal: never });
say("waiting");
const received = await receiving;
say(JSON.stringify({ ids: received.map(({ messageId }) => messageId), ms: performance.now() - startedAt }));
await broker.close();
