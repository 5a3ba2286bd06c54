// The application of plain-celery.py after its move to our packages: its producer or its worker.
import { once } from "node:events";
import { createInterface } from "node:readline";
import { createApp, defineTask, handle } from "@jobs/core";
import { redis } from "../../dist/index.js";

const { role, url, prefix, mailQueue, codecs } = JSON.parse(process.argv[2]);
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const input = createInterface(process.stdin);
// The tests have ended, however they did.
input.once("close", () => process.exit());

const task = { queue: "mail", aliases: ["shop.tasks.send_email"] };
const sendEmail = defineTask("send_email", { to: "string" }, task);
const app = createApp({
  broker: redis({ url, prefix, celeryQueues: { mail: mailQueue } }),
  tasks: [sendEmail],
  handlers: [handle(sendEmail, ({ to }) => void print({ ran: to }))],
  observers: [({ type }) => type === "worker.started" && print({ ready: true })],
});

await (role === "worker" ? app.worker({ codecs }).run() : produce());
await app.close();
process.exit();

/** Enqueues an e-mail to each recipient in a line of input. */
async function produce() {
  const stopped = once(process, "SIGTERM");
  input.on("line", async (line) => {
    for (const to of JSON.parse(line).to) {
      await app.enqueue(sendEmail, { to });
      print({ sent: to });
    }
  });
  print({ ready: true });
  await stopped;
}
