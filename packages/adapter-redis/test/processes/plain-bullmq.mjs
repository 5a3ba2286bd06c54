// An application on BullMQ alone, as it is before the move: its producer or its worker.
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { role, bullmq, url, prefix, queue } = JSON.parse(process.argv[2]);
const { Queue, QueueEvents, Worker } = createRequire(import.meta.url)(bullmq);
const options = { connection: { url, maxRetriesPerRequest: null }, prefix };
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const input = createInterface(process.stdin);
// The tests have ended, however they did.
input.once("close", () => process.exit());
const stopped = once(process, "SIGTERM");

await (role === "worker" ? work() : produce());
process.exit();

/** Prints each job at its start. One whose recipient begins with "held" ends after a line of input. */
async function work() {
  const released = once(input, "line");
  const worker = new Worker(
    queue,
    async ({ data: { to } }) => {
      print({ ran: to });
      if (to.startsWith("held")) await released;
      return { by: "old", to };
    },
    options,
  );
  await worker.waitUntilReady();
  print({ ready: true });
  await stopped;
  await worker.close();
}

/** Adds a job of each recipient in a line of input, and prints what its caller gets. */
async function produce() {
  const producer = new Queue(queue, options);
  const events = new QueueEvents(queue, { ...options, lastEventId: "0" });
  // Each waiting caller listens to both.
  events.setMaxListeners(0);
  producer.setMaxListeners(0);
  await events.waitUntilReady();
  input.on("line", (line) => {
    for (const to of JSON.parse(line)) void add(to);
  });
  print({ ready: true });
  await stopped;
  await events.close();
  await producer.close();

  async function add(to) {
    const job = await producer.add("send_email", { to });
    print({ sent: to });
    print({ answered: to, value: await job.waitUntilFinished(events, 30_000) });
  }
}
