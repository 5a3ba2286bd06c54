// Enqueues jobs without a Redis, as often as a busy web server, and reports the results.

import { createInterface } from "node:readline";
import { createApp, defineTask } from "@jobs/core";
import { startStopwatch } from "@jobs/core/testing";
import { redis } from "../../dist/index.js";

const { url, jobs, atOnce } = JSON.parse(process.argv[2]);
const greet = defineTask("greet", { name: "string" });
const app = createApp({ broker: redis({ url, onWarning() {} }), tasks: [greet] });

const answers = {};
let slowestMs = 0;

async function enqueue(index) {
  const answer = await app.enqueue(greet, { name: `name ${index}` }).then(
    () => "sent",
    ({ code, retryable, maybeSent }) => [code, `retryable:${retryable}`, `maybeSent:${maybeSent}`].join(" "),
  );
  answers[answer] = (answers[answer] ?? 0) + 1;
}

async function enqueueMany(count) {
  for (let done = 0; done < count; done += atOnce) {
    const elapsedMs = startStopwatch();
    await Promise.all(Array.from({ length: atOnce }, (_, index) => enqueue(done + index)));
    slowestMs = Math.max(slowestMs, elapsedMs());
  }
}

// Fills the memory that this program always needs.
await enqueueMany(100 * atOnce);
process.stdout.write("warm\n");
for await (const _ of createInterface(process.stdin)) break;

globalThis.gc();
const before = process.memoryUsage();
let peakRss = before.rss;
const look = setInterval(() => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss());
}, 20);
delete answers.sent;
await enqueueMany(jobs);
clearInterval(look);
globalThis.gc();
const { heapUsed } = process.memoryUsage();
const report = { answers, slowestMs, rssGrowth: peakRss - before.rss, heapKept: heapUsed - before.heapUsed };
process.stdout.write(`${JSON.stringify(report)}\n`);
await app.close();
process.exit();
