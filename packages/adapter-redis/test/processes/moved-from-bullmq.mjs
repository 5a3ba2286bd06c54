// The application of plain-bullmq.mjs after its move to our packages: its producer or its worker.
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { createApp, defineTask, handle } from "@jobs/core";
import { driveBullmq } from "../../dist/bullmq/load-bullmq.js";
import { createRedisBroker } from "../../dist/create-broker.js";
import { redisResults } from "../../dist/index.js";

const { role, bullmq, url, prefix, plainQueue, queue = plainQueue } = JSON.parse(process.argv[2]);
const require = createRequire(import.meta.url);
const load = async () => driveBullmq(require(bullmq), require(`${bullmq}/package.json`).version);
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const input = createInterface(process.stdin);
// The tests have ended, however they did.
input.once("close", () => process.exit());
const released = once(input, "line");

const options = { url, prefix, codecs: { [plainQueue]: "bullmq" }, keepFinished: 1_000, onWarning() {} };
const sendEmail = defineTask("send_email", { to: "string" }, { queue });
const app = createApp({
  broker: createRedisBroker(options, load),
  results: redisResults({ url, prefix }),
  tasks: [sendEmail],
  handlers: [handle(sendEmail, run)],
  observers: [({ type }) => type === "worker.started" && print({ ready: true })],
});

await (role === "worker" ? app.worker({ queues: [...new Set([plainQueue, queue])] }).run() : produce());
await app.close();
process.exit();

/** Prints each job at its start. One whose recipient begins with "held" ends after a line of input. */
async function run({ to }) {
  print({ ran: to });
  if (to.startsWith("held")) await released;
  return { by: "new", to };
}

/** Enqueues a job of each recipient in a line of input, and prints what its caller gets. */
async function produce() {
  const stopped = once(process, "SIGTERM");
  input.on("line", (line) => {
    for (const to of JSON.parse(line)) void add(to);
  });
  print({ ready: true });
  await stopped;

  async function add(to) {
    const { id } = await app.enqueue(sendEmail, { to });
    print({ sent: to, id });
    const { status, value } = await app.result(id, { waitMs: 30_000 });
    print({ answered: to, status, value });
  }
}
