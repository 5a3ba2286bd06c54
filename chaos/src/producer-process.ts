// The producer of an experiment. It sends its jobs spread over time and writes the answer for each into the run log.
import { setTimeout as sleep } from "node:timers/promises";
import { createApp, isJobsError } from "@jobs/core";
import { seededRandom } from "@jobs/core/testing";
import { between } from "./between.ts";
import { loadBroker } from "./brokers/load-broker.ts";
import { chaosTask, JOB_MS } from "./chaos-task.ts";
import { type ProducerOrders, readOrders } from "./process-orders.ts";
import { openRunLog } from "./run-log.ts";

/** A share is sent in waves this far apart, in ms. */
const WAVE_MS = 20;

const { broker, address, runLog, jobs, shares, shareMs, seed } = readOrders<ProducerOrders>();
const random = seededRandom(seed);
const book = openRunLog(runLog);
await using app = createApp({ broker: (await loadBroker(broker)).open(address), tasks: [chaosTask] });

const waves = Math.ceil(shareMs / WAVE_MS);
const sending: Promise<void>[] = [];
await new Promise<void>((resolve) => {
  process.on("message", () => {
    sending.push(sendShare(sending.length));
    if (sending.length === shares) resolve();
  });
});
await Promise.all(sending);
process.disconnect();

async function sendShare(share: number): Promise<void> {
  for (let wave = 0; wave < waves; wave++) {
    const first = Math.round((jobs * (share + wave / waves)) / shares);
    const next = Math.round((jobs * (share + (wave + 1) / waves)) / shares);
    await Promise.all(Array.from({ length: next - first }, (_, index) => send(`job-${first + index}`)));
    await sleep(WAVE_MS);
  }
}

async function send(id: string): Promise<void> {
  const ms = between(random, JOB_MS.min, JOB_MS.max);
  try {
    await app.enqueue(chaosTask, { ms }, { id });
    book.write({ type: "enqueued", id, at: Date.now() });
  } catch (error) {
    if (!isJobsError(error)) throw error;
    if (Reflect.get(error, "maybeSent") === true) book.write({ type: "maybe_sent", id });
  }
}
