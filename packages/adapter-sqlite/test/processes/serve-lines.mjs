import { createInterface } from "node:readline";
import { broker, never, say } from "./options.mjs";

/** Does what each line of stdin asks for, and answers with a line of JSON. */
const queue = await broker.openQueue("work");
const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
const COMMANDS = {
  send: async (id) => (await queue.send([{ id, label: "test", body: JSON.stringify({ id }) }]))[0].status,
  count: async () => (await queue.stats()).ready.n,
  take: async () =>
    (await consumer.receive({ max: 100, waitMs: 0, signal: never })).map(({ messageId }) => messageId).sort(),
};
say("ready");
for await (const line of createInterface(process.stdin)) {
  const [command, argument] = line.split(" ");
  const answer = await COMMANDS[command](argument).catch((error) => ({
    code: error.code,
    message: error.message,
  }));
  say(JSON.stringify(answer));
}
await broker.close();
