// A worker of a chain that kills itself like `kill -9` at a given point of the first step.

import { postgresResults } from "@jobs/adapter-postgres";
import { sqlite } from "@jobs/adapter-sqlite";
import { createApp, defineTask, handle } from "@jobs/core";

const { file, url, schema, killAt, name } = JSON.parse(process.argv[2]);

const start = defineTask("start", {});
const double = defineTask("double", { by: "string" });

function reached(point) {
  if (point === killAt) process.kill(process.pid, "SIGKILL");
}

/** The object with some of its methods replaced. */
function replaced(object, methods) {
  return new Proxy(object, {
    get(target, key) {
      if (key in methods) return methods[key];
      const value = target[key];
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Calls `work`. For the first step, there is a point before and a point after it. */
async function between(isConcerned, point, work) {
  if (isConcerned) reached(`before ${point}`);
  const answer = await work();
  if (isConcerned) reached(`after ${point}`);
  return answer;
}

const store = postgresResults({ url, schema });
const results = replaced(store, {
  put: (result, ttlMs) => between(result.task === "start", "result", () => store.put(result, ttlMs)),
});

const opened = sqlite({ file });
const broker = replaced(opened, {
  async openQueue(queueName) {
    const queue = await opened.openQueue(queueName);
    const send = (messages) =>
      between(
        messages.some(({ label }) => label === "double"),
        "child",
        () => queue.send(messages),
      );
    return replaced(queue, { send });
  },
  async openConsumer(queueName, options) {
    const consumer = await opened.openConsumer(queueName, options);
    const isAck = ({ action, delivery }) => action === "ack" && delivery.body.includes('"task":"start"');
    const settle = (settlements) =>
      between(settlements.some(isAck), "ack", () => consumer.settle(settlements));
    return replaced(consumer, { settle, settleAndReceive: undefined });
  },
});

const say = (line) => process.stdout.write(`${line}\n`);
const app = createApp({
  broker,
  results,
  tasks: [start, double],
  handlers: [
    handle(start, () => {
      say("start");
      return { by: name };
    }),
    handle(double, ({ by }) => {
      say("double");
      return `${by}${by}`;
    }),
  ],
});
await app.worker({ until: { type: "drained" }, leaseMs: 1_000, concurrency: 1 }).run();
await app.close();
